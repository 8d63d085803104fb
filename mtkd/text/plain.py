"""Plain texts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from mtkd.text.documents import Document, Form, batches, shifted, spelt, string, with_end
from mtkd.text.record import Record
from mtkd.text.records import UNITS
from mtkd.text.tokens import Tokens

HUGE = 5 * 10**7
"""Characters of one text from which its memory is worth a warning."""
BYTES = 150
"""For each of them, of a byte-level BPE tokenizer."""


class PlainText(Form):
    """Texts of which every token is learnt.

    The tokenizer's special tokens are added, then its end token if it is not there yet. Empty
    texts are left out and counted.

    Args:
        column: Which column holds the text; plain text files have `text`.
        unit: What one document of a plain text file is: `file`, `line` or `paragraph`.
    """

    def __init__(self, column: str = "text", unit: str = "file") -> None:
        if unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}")
        self.columns, self.unit = (column,), unit

    @property
    def options(self) -> str:
        return f"plain {self.columns[0]}"

    def documents(
        self, records: Sequence[Record], tokens: Tokens, spans: bool
    ) -> Iterator[Document]:
        texts = [string(record, self.columns[0]) for record in records]
        for record, text in zip(records, texts, strict=True):
            if len(text) > HUGE:
                warnings.warn(
                    f"{record.at} is one text of {len(text) / 1e6:.3g} million characters, for "
                    f"which the tokenizer needs about {BYTES * len(text) / 1e9:.2g} GB at once; "
                    "set the form's unit to paragraph or line, or part it into more files",
                    stacklevel=2,
                )
        encoded = (one for some in batches(texts) for one in tokens.encode(some, offsets=False))
        for number, (text, found) in enumerate(zip(texts, encoded, strict=True)):
            if text:
                ids = with_end(np.array(found.ids, dtype=np.int64), tokens.end)
                labels = shifted(ids, np.ones(len(ids), dtype=bool))
                yield spelt(Document(ids, labels, None, "", number), text, tokens, spans)

    def prompt_ids(self, records: Sequence[Record], tokens: Tokens) -> Iterator[np.ndarray]:
        raise ValueError(
            "plain text has no prompts; use mtkd.text.Instructions or mtkd.text.Messages"
        )
