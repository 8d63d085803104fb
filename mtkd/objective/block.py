"""Some positions with all their logits made: the student's and every teacher's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtkd.functional import widen
from mtkd.objective.products import multiply_head, zeros
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, Signal

TILE = {"cpu": 2**17, "cuda": 2**24}
"""Logits of one model that are compared at a time: on a CPU, as many as stay in its cache; on a
GPU, as many as keep it busy, since each formula's intermediate values take as much memory again."""

TEACHERS = 3
"""Teachers whose logits fill as many rows as the student's; of more, fewer rows are made."""


def even_slices(rows: slice, size: int) -> Iterator[slice]:
    """Slices of at most `size` that cover `rows`, equally long, since short products are slow."""
    count = rows.stop - rows.start
    parts = -(-count // size)
    for part in range(parts):
        yield slice(rows.start + part * count // parts, rows.start + (part + 1) * count // parts)


@dataclass(frozen=True)
class Block:
    """Positions side by side, logits made.

    Attributes:
        rows: Which of the walk's positions they are.
        logits: `[position, classes]`, the student's.
        signals: The teachers', over the same positions, with their logits made.
        labels: `[position]` integers.
        hidden: `[position, width]`, the student's, without a graph; or None.
    """

    rows: slice
    logits: Tensor
    signals: list[Signal]
    labels: Tensor
    hidden: Tensor | None

    def tiles(self) -> Iterator[tuple[slice, Block]]:
        """Parts of so few rows that one model's logits stay in the cache, and where they are."""
        count, classes = self.logits.shape
        size = max(1, TILE.get(self.logits.device.type, 2**24) // max(classes, 1))
        if size >= count:
            yield slice(0, count), self
            return
        for part in even_slices(slice(0, count), size):
            yield part, self.part(part)

    def part(self, rows: slice) -> Block:
        """The block of some of its rows, sharing their memory."""
        first = self.rows.start
        return Block(
            slice(first + rows.start, first + rows.stop),
            self.logits[rows],
            [signal.map(lambda values: values[rows]) for signal in self.signals],
            self.labels[rows],
            None if self.hidden is None else self.hidden[rows],
        )


class TeacherBuffers:
    """Teachers' logits, a block of positions at a time, always in the same memory.

    Args:
        signals: Over all positions of the walk.
        chunk: Positions whose student logits exist at one time.
        together: Make them for all these positions, however many teachers there are.
    """

    def __init__(self, signals: Sequence[Signal], chunk: int, *, together: bool) -> None:
        self.signals = signals
        kinds = _headed_by_kind(signals)
        headed = sum(len(alike) for alike in kinds.values())
        shared = together or headed <= TEACHERS
        self.size = max(1, chunk if shared else chunk * TEACHERS // headed)
        self.kept: dict[int, Tensor] = {}
        for (classes, dtype, device), alike in kinds.items():
            table = zeros((len(alike), self.size, classes), dtype, device)
            self.kept.update(zip(alike, table, strict=True))

    def blocks(self, rows: slice) -> Iterator[slice]:
        """Slices that cover `rows`, so short that all teachers' logits fit."""
        return even_slices(rows, self.size)

    @torch.no_grad()
    def made(self, rows: slice) -> list[Signal]:
        """The signals at `rows` with their logits made; valid until the next call."""
        return [
            self._made(index, signal.map(lambda values: values[rows]))
            for index, signal in enumerate(self.signals)
        ]

    def _made(self, index: int, signal: Signal) -> Signal:
        head = _head_of(signal)
        if head is None or not isinstance(signal, CompleteSignal):
            return signal.dense()  # nothing to make, but for a signal over two vocabularies
        hidden = signal.output.body
        logits = self.kept[index][: len(hidden)]
        multiply_head(logits, hidden, head.weight, head.bias)
        return replace(signal, output=ModelOutput(logits=head.finish_in_place(logits)))


def _headed_by_kind(
    signals: Sequence[Signal],
) -> dict[tuple[int, torch.dtype, torch.device], list[int]]:
    """Which have logits to be made, by their classes, type and place.

    Those of one kind lie side by side in one table, so they are stacked without a copy.
    """
    kinds: dict[tuple[int, torch.dtype, torch.device], list[int]] = {}
    for index, signal in enumerate(signals):
        head = _head_of(signal)
        if head is not None and isinstance(signal, CompleteSignal):
            kind = signal.classes, widen(head.weight[:0]).dtype, signal.output.body.device
            kinds.setdefault(kind, []).append(index)
    return kinds


def _head_of(signal: Signal) -> OutputHead | None:
    return signal.output.head if isinstance(signal, CompleteSignal) else None
