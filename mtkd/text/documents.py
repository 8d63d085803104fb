"""One text as a model reads it, and the forms in which texts stand in files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mtkd.text.record import Record, whole
from mtkd.text.tokens import Tokens

BATCH, CHARACTERS = 512, 2**18
"""Texts that are tokenised at one time, and characters of them: each takes some 150 bytes."""


@dataclass(frozen=True)
class Document:
    """One tokenised text.

    Attributes:
        ids: `[n]` int64.
        labels: `[n]` int64: the token after each one, -1 where it is not to be learnt and at the
            end. This is the only place where anything is shifted.
        spans: `[n, 2]` int64, byte offsets of each token in the text; None if not asked for.
        text: The text that the spans are about, else "".
        record: Number of the record it came from.
        straddles: Whether a token covers the end of a prompt and the start of its response.
    """

    ids: np.ndarray
    labels: np.ndarray
    spans: np.ndarray | None
    text: str
    record: int
    straddles: bool = False


def shifted(ids: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """`[n]` labels: at each position the next id where that one is `predicted`, else -1."""
    labels = np.full(len(ids), -1, dtype=np.int64)
    labels[:-1] = np.where(predicted[1:], ids[1:], -1)
    return labels


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts, as many together as are tokenised at one time."""
    some: list[str] = []
    size = 0
    for text in texts:
        if some and (len(some) == BATCH or size + len(text) > CHARACTERS):
            yield some
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield some


class Form(ABC):
    """What a record means as a text.

    Whoever calls may rely on: one document for each record, in order, but for empty plain texts.
    """

    columns: tuple[str, ...]
    unit: str = "file"
    prompts: ClassVar[bool] = False
    """Whether there are prompts to which a model can write a response."""

    @abstractmethod
    def documents(
        self, records: Sequence[Record], tokens: Tokens, spans: bool
    ) -> Iterator[Document]:
        """Tokenise `records`; with `spans` where each token ends in the text's bytes.

        Raises:
            ValueError: A record that cannot be meant so, with its place.
        """

    @abstractmethod
    def prompt_ids(self, records: Sequence[Record], tokens: Tokens) -> Iterator[np.ndarray]:
        """The prompt of each record alone, `[n]` int64, as a model is given it to go on from."""

    @property
    @abstractmethod
    def options(self) -> str:
        """All that decides what `documents` gives, for the key of the cache."""


def string(record: Record, column: str) -> str:
    """The text in a column of a record; nothing is an empty text."""
    value = record.values[column]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(
            f"{record.at}: {column} is of type {type(value).__name__}, expected a text; "
            "name the column that holds one"
        )
    return whole(value, record.at)


def with_end(ids: np.ndarray, end: int | None) -> np.ndarray:
    """`ids`, ended by the end token once."""
    if end is None or (len(ids) and ids[-1] == end):
        return ids
    return np.append(ids, end)


def spelt(
    document: Document, text: str, tokens: Tokens, spans: bool, bare: bool = False
) -> Document:
    """`document` with its text and spans, if they are asked for.

    Args:
        bare: Whether no special tokens were added around the text.
    """
    if not spans:
        return document
    reading = (tokens.bare_reader if bare else tokens.reader).read(text)
    ids = document.ids
    places = np.array(reading.spans, dtype=np.int64).reshape(-1, 2)
    assert list(ids[: len(reading.ids)]) == reading.ids
    # The end token that was added has no text, like those a tokenizer adds.
    last = places[:, 1].max(initial=0)
    added = np.full((len(ids) - len(places), 2), last)
    return Document(
        ids,
        document.labels,
        np.concatenate([places, added]),
        text,
        document.record,
        document.straddles,
    )
