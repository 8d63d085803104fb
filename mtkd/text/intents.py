"""Queries and their intents, with traffic that belongs to none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL
from mtkd.data.names import unknown
from mtkd.text.places import Place
from mtkd.text.queries import SPLITS, Query, read_queries, read_texts
from mtkd.text.query_metadata import query_metadata
from mtkd.text.topics import intents_of, topic_of_intents
from mtkd.text.typing_noise import RATES, mistyped


class Intents:
    """Short queries as bytes, one intent each; out-of-scope queries have none.

    Read from CLINC150's own JSON file (Larson et al. 2019, https://aclanthology.org/D19-1131,
    `data_full.json`), or split by split from files or a set on the Hugging Face hub with columns
    `text` and `intent`. Domains besides `clean`, the test split:

        out_of_scope        test queries of no intent
        held_out            test queries of the topics that were taken out
        <name of others>    another company's traffic; nothing in it is in scope
        typing_noise, 1-3   the test queries mistyped, see `mtkd.text.typing_noise`

    Args:
        source: Path of CLINC150's JSON, or `{train: place, validation: place, test: place}`.
        others: Name to place of texts (column `text`) that are all out of scope.
        topics: Topic to its intents, or the path of such a JSON object (`domains.json`); for
            `held_out`.
        held_out: Topics whose intents are taken out of every split.
        nothing: The name in `source` that stands for out of scope.
        length: Bytes of a row; longer queries are cut.

    Attributes:
        names: Names of the intents, in the order of the classes.
        cut: Queries that were cut.

    Raises:
        ValueError: A file or column is missing, a topic is unknown, a split would be empty.
    """

    def __init__(
        self,
        source: str | Mapping[str, Place],
        others: Mapping[str, Place] | None = None,
        topics: str | Mapping[str, Sequence[str]] | None = None,
        held_out: Sequence[str] = (),
        nothing: str = "oos",
        length: int = 96,
    ) -> None:
        self.length, self.cut = length, 0
        queries = read_queries(source, nothing)
        self.topics = topic_of_intents(topics)
        away = intents_of(self.topics, held_out)
        self.names = sorted({intent for _, intent in queries["train"]} - {nothing} - away)
        self.classes = len(self.names)
        self._place = {name: place for place, name in enumerate(self.names)}
        known = [[query for query in queries[name] if query[1] in self._place] for name in SPLITS]
        self.train, self.validation, self.test = map(self._known, known, SPLITS)
        self._test = known[-1]
        self._outside = {
            "out_of_scope": [text for text, intent in queries["test"] if intent == nothing],
            "held_out": [text for text, intent in queries["test"] if intent in away],
        } | {name: read_texts(place, name) for name, place in (others or {}).items()}

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The queries of a domain.

        Raises:
            ValueError: No such domain, nothing in it, or a severity where none belongs.
        """
        if name == "typing_noise":
            return self._mistyped(severity)
        if severity is not None:
            raise ValueError(f"domain {name!r} has no severity, got {severity!r}; leave it out")
        if name == "clean":
            return self.test
        if name not in self._outside:
            raise unknown("domain", name, ("clean", "typing_noise", *self._outside))
        texts = self._outside[name]
        if not texts:
            raise ValueError(
                f"domain {name!r} holds no queries; name data.held_out topics, or leave it out"
            )
        rows = self._rows(texts).unique(dim=0)
        labels = torch.full((len(rows),), NO_LABEL)
        return Examples(rows, labels, self.classes, f"intents/{name}")

    def _mistyped(self, severity: int | None) -> Examples:
        if severity not in RATES:
            levels = ", ".join(map(str, RATES))
            raise ValueError(f"typing_noise needs a severity of {levels}, got {severity!r}")
        code = crc32(b"typing_noise")
        texts = [
            mistyped(
                text,
                RATES[severity],
                np.random.default_rng([item % 2**64, code, severity]),
            )
            for (text, _), item in zip(self._test, self.test.ids.tolist(), strict=True)
        ]
        name = f"intents/typing_noise@{severity}"
        return replace(self.test, inputs=self._rows(texts), name=name)

    def _known(self, queries: Sequence[Query], split: str) -> Examples:
        if not queries:
            raise ValueError(f"{split} holds no query of a known intent; check data.source")
        texts = [text for text, _ in queries]
        labels = torch.tensor([self._place[intent] for _, intent in queries])
        metadata = query_metadata(queries, self.topics)
        return Examples(self._rows(texts), labels, self.classes, f"intents/{split}", metadata)

    def _rows(self, texts: Sequence[str]) -> Tensor:
        """`[n, length]` bytes of the texts in lower case, 0 where one has ended."""
        coded = [text.lower().encode() for text in texts]
        self.cut += sum(len(text) > self.length for text in coded)
        filled = b"".join(text[: self.length].ljust(self.length, b"\0") for text in coded)
        return torch.frombuffer(bytearray(filled), dtype=torch.uint8).long().reshape(len(texts), -1)
