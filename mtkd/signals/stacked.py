"""Signals of several teachers at once: those over the same outcomes share one view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtkd.functional import widen
from mtkd.signals.complete import CompleteSignal
from mtkd.signals.partial import PartialSignal
from mtkd.signals.view import View

Signal = CompleteSignal | PartialSignal


def stacked_views(
    signals: Sequence[Signal], student_logits: Tensor, labels: Tensor, temperature: float
) -> list[tuple[list[int], View]]:
    """Views at `temperature`, teachers that share the student's outcomes stacked into one.

    Args:
        signals: One for each teacher.
        student_logits: `[..., classes]`.
        labels: `[...]` integers.
        temperature: Of the views.

    Returns:
        Pairs of teacher indices and their view, its `teacher` of shape `[teacher, ..., outcomes]`.
    """
    views = [signal.view(student_logits, labels, temperature) for signal in signals]
    whole = [index for index, view in enumerate(views) if view.student is student_logits]
    stacked = []
    if whole:
        teachers = stack([widen(views[index].teacher) for index in whole])
        stacked.append((whole, View(student_logits, teachers, labels)))
    for index, view in enumerate(views):
        if index not in whole:
            stacked.append(([index], view._replace(teacher=view.teacher.unsqueeze(0))))
    return stacked


def per_teacher(
    views: Sequence[tuple[list[int], View]], compare: Callable[[View], Tensor]
) -> Tensor:
    """`[teacher, ...]`: `compare` on each stacked view, put back in the teachers' order."""
    if len(views) == 1:
        return compare(views[0][1])
    rows: dict[int, Tensor] = {}
    for teachers, view in views:
        rows.update(zip(teachers, compare(view), strict=True))
    return torch.stack([rows[index] for index in range(len(rows))])


def stack(tensors: Sequence[Tensor]) -> Tensor:
    """`torch.stack`, to be read only: what lies at even distances in one table is not copied."""
    first, last = tensors[0], tensors[-1]
    start, step = first.storage_offset(), 0
    if len(tensors) > 1:
        step = max(0, last.storage_offset() - start) // (len(tensors) - 1)
    shared = first.untyped_storage().data_ptr()
    for number, tensor in enumerate(tensors):
        alike = tensor.dtype == first.dtype and tensor.stride() == first.stride()
        here = tensor.storage_offset() == start + number * step
        if not (alike and here and tensor.untyped_storage().data_ptr() == shared):
            return torch.stack(list(tensors))
    return first.as_strided((len(tensors), *first.shape), (step, *first.stride()))
