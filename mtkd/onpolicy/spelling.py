"""The text behind what a student wrote, for teachers with another tokenizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from mtkd.onpolicy.wrappers import inside
from mtkd.teachers import Batch, TeacherSource

if TYPE_CHECKING:  # alignment reads tokenizers, which a student of images never needs
    from mtkd.alignment import ByteReader, Passage

NOWHERE = (-1, -1)
"""Span of a token that no other tokenizer is told about."""


def student_reader(teachers: Mapping[str, TeacherSource]) -> ByteReader | None:
    """How the student's tokens are spelt, if a teacher with another tokenizer must know.

    Raises:
        ValueError: The tokens do not give their text back.
    """
    from mtkd.alignment import Aligned

    aligned = [s for source in teachers.values() for s in inside(source) if isinstance(s, Aligned)]
    if not aligned:
        return None
    reader = aligned[0].student
    if reader.surface.kind == "words":
        raise ValueError(
            "the student's WordPiece tokens do not give their text back byte by byte, so a teacher "
            "with another tokenizer cannot read what the student writes; use teachers with the "
            "student's tokenizer, or on_policy: null"
        )
    return reader


def spelt(batch: Batch, reader: ByteReader) -> dict[str, Tensor]:
    """`text_bytes` and `spans` of a written batch, as `Aligned` reads them.

    A student may write bytes that are no text. A teacher with another tokenizer is silent about
    such a row, and its coverage says so.
    """
    from mtkd.alignment import passage_tensors

    lengths = batch["attention_mask"].sum(dim=1).tolist()
    rows = batch["inputs"].tolist()
    passages = [_passage(ids[:n], reader) for ids, n in zip(rows, lengths, strict=True)]
    device = batch["inputs"].device
    return {name: values.to(device) for name, values in passage_tensors(passages).items()}


def _passage(ids: Sequence[int], reader: ByteReader) -> Passage:
    from mtkd.alignment import Passage, spell

    try:
        return spell(ids, reader)
    except ValueError:
        return Passage(list(ids), [NOWHERE] * len(ids), " ")
