"""What the teacher is asked about a batch, and whether its answer fits."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.alignment.reader import ByteReader
from mtkd.alignment.texts import read_texts
from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers import Batch


def entry(batch: Batch, name: str) -> Tensor:
    """`batch[name]`, or a sentence about where it comes from."""
    if name not in batch:
        raise ValueError(
            f"a teacher with another tokenizer needs batch[{name!r}], the batch has "
            f"{', '.join(sorted(batch))}; make it with ByteReader(student_tokenizer).batch(texts)"
        )
    return batch[name]


def question(batch: Batch, teacher: ByteReader) -> dict[str, Tensor]:
    """The texts of a batch as the teacher reads them, with the batch's `example_id`.

    Raises:
        ValueError: The batch lacks its texts, or they are not what its spans were made from.
    """
    spans = entry(batch, "spans")
    texts = read_texts(entry(batch, "text_bytes"))
    sizes = torch.tensor([len(text.encode()) for text in texts], device=spans.device)
    beyond = int((spans[..., 1] > sizes.unsqueeze(-1)).any(dim=-1).sum())
    if beyond:
        raise ValueError(
            f'batch["spans"] reach beyond batch["text_bytes"] in {beyond} of {len(texts)} '
            "examples; make both from the same texts with ByteReader.batch"
        )
    asked = {name: v.to(spans.device) for name, v in teacher.batch(texts).items()}
    return {**asked, "example_id": batch["example_id"]} if "example_id" in batch else asked


def understood(heard: Signal, asked: Batch, teacher: ByteReader) -> CompleteSignal:
    """`heard`, if it is about all of the teacher's positions and tokens.

    Raises:
        ValueError: It is partial, or of another shape than the teacher's tokenizer makes.
    """
    if not isinstance(heard, CompleteSignal):
        raise ValueError(
            "a partial signal over another vocabulary cannot be translated: its tail hides "
            "which tokens it holds; give Aligned a source of complete signals"
        )
    expected, needed = tuple(asked["inputs"].shape), max(teacher.vocabulary.values()) + 1
    if len(heard.shape) != 2 or heard.shape[0] != expected[0] or heard.shape[1] < expected[1]:
        raise ValueError(
            f"the teacher answered at positions {heard.shape}, its tokenizer makes "
            f"{expected} of these texts; record or run it with this tokenizer"
        )
    if heard.classes < needed:
        raise ValueError(
            f"the teacher has {heard.classes} classes, its tokenizer needs {needed}; give "
            "Aligned the tokenizer the teacher was trained with"
        )
    return heard
