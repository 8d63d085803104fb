"""Records of one split to rows of tokens, made once and then read from the cache."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from mtkd.text.cache import cached
from mtkd.text.documents import Document, Form
from mtkd.text.packing import as_rows
from mtkd.text.pieces import Counts, pieces
from mtkd.text.record import Record
from mtkd.text.tokens import Tokens

VERSION = "rows-2"
"""Part of every key: another one where the same records would give other rows."""
MANY = 2_000
"""Records from which tokenising shows its progress."""


@dataclass(frozen=True)
class Shape:
    """How documents become rows.

    Attributes:
        length: Tokens of a row, at most.
        packing: See `mtkd.text.packing.as_rows`.
        long: See `mtkd.text.pieces.pieces`.
        bytes: Whether rows carry their text and where each token ends in it.
    """

    length: int
    packing: str
    long: str
    bytes: bool


def rows_of(
    records: Sequence[Record], form: Form, tokens: Tokens, shape: Shape, split: str
) -> tuple[dict[str, Tensor], Counts]:
    """Tokenised rows of a split, and what became of its texts.

    Raises:
        ValueError: There are no records, a record is wrong, or nothing is left to learn.
    """
    if not records:
        raise ValueError(f"{split} is empty: its files hold no records; check its path")

    def make() -> dict[str, Tensor]:
        counts = Counts(records=len(records))
        found = _shown(form.documents(records, tokens, shape.bytes), len(records), split)
        longest = sys.maxsize if shape.packing == "stream" else shape.length
        documents = pieces(found, records, longest, shape.long, counts)
        rows = as_rows(documents, shape.length, shape.packing, tokens.padding)
        if not rows:
            raise ValueError(
                f"{split} has no token to learn: {told(counts, shape.length) or 'all is masked'}"
            )
        counts.tokens, counts.learnt = int(rows["attention_mask"].sum()), _learnt(rows)
        return {**rows, "counts": torch.tensor(counts.as_list())}

    about = [VERSION, tokens.identity, form.options, repr(shape)]
    rows = cached(chain(about, contents(records, form)), make)
    counts = Counts(*rows.pop("counts").tolist())
    said = told(counts, shape.length)
    if said:
        warnings.warn(f"{split}: {said}", stacklevel=2)
    return rows, counts


def told(counts: Counts, length: int) -> str:
    """What was lost, as part of a sentence; "" if nothing was."""
    whole, said = counts.records, []
    empty = whole - counts.documents
    if empty:
        said.append(f"{empty} of {whole} texts are empty and left out")
    if counts.long:
        rest = f", {counts.lost} tokens cut off" if counts.lost else ", split"
        said.append(f"{counts.long} of {whole} texts are longer than {length} tokens{rest}")
    if counts.unlearnt:
        said.append(f"{counts.unlearnt} pieces hold nothing to learn and are left out")
    if counts.straddling:
        said.append(f"in {counts.straddling} a token covers the end of the prompt and the answer")
    return "; ".join(said)


def _learnt(rows: dict[str, Tensor]) -> int:
    return int((rows["labels"] >= 0).sum())


def contents(records: Iterable[Record], form: Form) -> Iterator[str]:
    for record in records:
        yield json.dumps([record.values[name] for name in form.columns], default=str)


def _shown(documents: Iterator[Document], records: int, split: str) -> Iterator[Document]:
    """The same documents, with a progress bar on the terminal if there are many."""
    if records < MANY:
        yield from documents
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    quiet = not console.is_terminal
    yield from track(
        documents, f"tokenising {split}", records, console=console, transient=True, disable=quiet
    )
