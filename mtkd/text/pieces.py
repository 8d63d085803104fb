"""Documents cut to a length, and what was lost by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from mtkd.alignment.reader import NOWHERE
from mtkd.text.documents import Document
from mtkd.text.record import Record

LONG = ("cut", "split", "refuse")


@dataclass
class Counts:
    """What became of the texts of one split.

    Attributes:
        records: Rows of the files.
        documents: Texts among them that are not empty.
        long: Documents longer than the length.
        lost: Tokens that were cut off.
        unlearnt: Pieces left out because none of their tokens is to be learnt.
        straddling: Records with a token that covers the end of a prompt and the start of its
            response.
        tokens: Tokens that are kept.
        learnt: Positions with a label.
    """

    records: int = 0
    documents: int = 0
    long: int = 0
    lost: int = 0
    unlearnt: int = 0
    straddling: int = 0
    tokens: int = 0
    learnt: int = 0

    def as_list(self) -> list[int]:
        """The numbers, in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]


def pieces(
    documents: Iterable[Document],
    records: Sequence[Record],
    length: int,
    long: str,
    counts: Counts,
) -> Iterator[Document]:
    """Documents of at most `length` tokens, each with something to learn, counting what is lost.

    The last label of a piece is the document's next token, so nothing is unlearnt by a cut.

    Args:
        long: `cut`: keep the beginning; `split`: keep all, in several pieces, of which only the
            first begins with the tokenizer's special tokens; `refuse`: raise.

    Raises:
        ValueError: A document is too long and `long` is `refuse`.
    """
    for document in documents:
        counts.documents += 1
        counts.straddling += document.straddles
        size = len(document.ids)
        if size > length:
            counts.long += 1
            if long == "refuse":
                raise ValueError(
                    f"{records[document.record].at}: {size} tokens are more than length {length}; "
                    "raise length, or say long: cut or long: split"
                )
            counts.lost += size - length if long == "cut" else 0
        stop = size if long == "split" else min(size, length)
        for start in range(0, stop, length):
            piece = part(document, start, min(start + length, stop))
            if (piece.labels >= 0).any():
                yield piece
            else:
                counts.unlearnt += 1


def part(document: Document, start: int, stop: int) -> Document:
    """Tokens `start` to `stop` of a document, with the text and spans that belong to them."""
    if (start, stop) == (0, len(document.ids)):
        return document
    ids, labels = document.ids[start:stop], document.labels[start:stop]
    if document.spans is None:
        return Document(ids, labels, None, "", document.record)
    spans, text = _text_of(document.spans[start:stop], document.text.encode())
    return Document(ids, labels, spans, text, document.record)


def _text_of(spans: np.ndarray, text: bytes) -> tuple[np.ndarray, str]:
    """The text under `spans`, whole characters only, and the spans in it.

    A token that ends inside of a character that was cut ends nowhere.
    """
    known = spans[spans[:, 1] >= 0]
    first, last = (int(known[0, 0]), int(known[-1, 1])) if len(known) else (0, 0)
    while first < last and _inside(text, first):
        first += 1
    while last > first and _inside(text, last):
        last -= 1
    lost = (spans[:, 1] > last) | (spans[:, 1] < first)
    moved = np.maximum(spans - first, 0)
    # Where the piece begins inside of a character, its rest ends nowhere too.
    lost |= (spans[:, 0] < first) & (spans[:, 1] <= first)
    moved[lost] = NOWHERE
    return moved, text[first:last].decode()


def _inside(text: bytes, place: int) -> bool:
    """Whether `place` is inside of a character: what follows continues one."""
    return place < len(text) and text[place] & 0xC0 == 0x80
