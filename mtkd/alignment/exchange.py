"""What the teacher is asked about a batch, and whether question and answer fit."""

from __future__ import annotations

import unicodedata

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
            f"{', '.join(sorted(batch))}; set data.bytes: true, or make it with "
            "ByteReader(student_tokenizer).batch(texts)"
        )
    return batch[name]


def question(batch: Batch, student: ByteReader, teacher: ByteReader) -> dict[str, Tensor]:
    """The texts of a batch as the teacher reads them, with the batch's `example_id`.

    Raises:
        ValueError: The batch lacks its texts, or they are not what its spans and token ids were
            made from.
    """
    spans = entry(batch, "spans")
    texts = read_texts(entry(batch, "text_bytes"))
    _check_spans(spans, batch["inputs"], texts)
    _check_tokens(spans, batch["inputs"], texts, student)
    asked = {name: v.to(spans.device) for name, v in teacher.batch(texts).items()}
    return {**asked, "example_id": batch["example_id"]} if "example_id" in batch else asked


def same_question(batch: Batch, teacher: ByteReader) -> tuple[dict[str, Tensor], Tensor]:
    """The batch itself, for a teacher with the student's tokenizer, and the places to hear it at.

    From a class on that is no token it is not heard (-1): it has not learnt any such number.
    """
    inputs = batch["inputs"]
    known = (inputs >= 0) & (inputs < teacher.size)
    places = torch.arange(inputs.shape[1], device=inputs.device).expand_as(inputs)
    heard = known.long().cumprod(dim=1).bool()
    return {**batch, "inputs": inputs.where(known, 0)}, places.masked_fill(~heard, -1)


def _check_spans(spans: Tensor, inputs: Tensor, texts: list[str]) -> None:
    if spans.shape != (*inputs.shape, 2) or len(texts) != len(inputs):
        raise ValueError(
            f'batch["spans"] has shape {list(spans.shape)} and batch["text_bytes"] {len(texts)} '
            f"texts, expected {[*inputs.shape, 2]} and {len(inputs)} as batch['inputs'] has; cut "
            "and shift all of them alike in the data module"
        )
    sizes = torch.tensor([len(text.encode()) for text in texts], device=spans.device)
    beyond = int((spans[..., 1] > sizes.unsqueeze(-1)).any(dim=-1).sum())
    if beyond:
        raise ValueError(
            f'batch["spans"] reach beyond batch["text_bytes"] in {beyond} of {len(texts)} '
            "examples; make both from the same texts with ByteReader.batch"
        )


def _check_tokens(spans: Tensor, inputs: Tensor, texts: list[str], student: ByteReader) -> None:
    """Refuse a first example most of whose tokens do not look like the text at their spans."""
    if not texts:
        return
    text, wrong, seen = texts[0].encode(), 0, 0
    for index, (start, end) in zip(inputs[0].tolist(), spans[0].tolist(), strict=True):
        spoken = student.surface.spoken.get(index)
        if end <= start or (spoken is None and index < student.size):
            continue
        seen += 1
        wrong += spoken is None or _plain(spoken) != _plain(text[start:end])
    if wrong > seen / 2:
        raise ValueError(
            f'{wrong} of {seen} tokens of batch["inputs"] are not the text at their '
            'batch["spans"]; they were made with another tokenizer than the student\'s: give '
            "Aligned and the data module the same one"
        )


def _plain(piece: bytes) -> str:
    """What every usual normalizer leaves of a piece: no spaces around it, case or accents."""
    apart = unicodedata.normalize("NFKD", piece.decode(errors="replace"))
    return "".join(c for c in apart if unicodedata.category(c) != "Mn").strip().casefold()


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
    expected, needed = tuple(asked["inputs"].shape), teacher.size
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
