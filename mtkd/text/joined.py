"""Documents one after the other, in few bytes a token."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate

import numpy as np

from mtkd.text.documents import Document


class Joined:
    """Documents of which nothing is kept but four bytes a token of each column.

    Args:
        documents: In the order of their records; taken one at a time.

    Attributes:
        sizes: `[documents]`, how many tokens each has.
        starts: `[documents + 1]`, where each begins.
        records: `[documents]`, the number of each one's record.
        texts: `[documents]`, what the spans are about; empty if there are none.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._columns = {name: array("i") for name in ("ids", "labels", "spans")}
        self.sizes: list[int] = []
        self.records: list[int] = []
        self.texts: list[bytes] = []
        for document in documents:
            self.sizes.append(len(document.ids))
            self.records.append(document.record)
            self._add("ids", document.ids)
            self._add("labels", document.labels)
            if document.spans is not None:
                self._add("spans", document.spans)
                self.texts.append(document.text.encode())
        self.starts = list(accumulate(self.sizes, initial=0))

    def _add(self, name: str, values: np.ndarray) -> None:
        self._columns[name].frombytes(values.astype(np.int32).tobytes())

    def take(self, name: str) -> np.ndarray:
        """`[tokens]` int32: `ids`, `labels`, or the `spans`, `[tokens, 2]`; given away for good."""
        taken = np.frombuffer(self._columns.pop(name), dtype=np.int32)
        return taken.reshape(-1, 2) if name == "spans" else taken
