"""One batch of a training that is over, learnt from again with its arithmetic counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.devices import beside
from mtkd.distiller import Distiller
from mtkd.onpolicy import Routed
from mtkd.onpolicy.decoders import decoder
from mtkd.onpolicy.prompts import Prompts, prompts_of_text
from mtkd.onpolicy.writing import writing
from mtkd.signals import Signal
from mtkd.teachers import Batch, TeacherSource
from mtkd.work import operations

ROWS = 8
"""Examples of a batch that is counted; all others are like them."""


@dataclass(frozen=True)
class Work:
    """Floating-point operations for one example.

    Attributes:
        student: Its forward and backward pass, its writing, the weighting, and every head that is
            handed over: the objective applies it, whoever speaks.
        teachers: By name, the forward pass of each, without such a head; 0 of a recorded one.
    """

    student: float
    teachers: dict[str, float]

    def times(self, factor: float) -> Work:
        """The work for an example that is so much longer."""
        each = {name: factor * count for name, count in self.teachers.items()}
        return Work(factor * self.student, each)


class Said(TeacherSource):
    """What a source has said before: asking again runs nothing."""

    def __init__(self, signal: Signal) -> None:
        super().__init__("said")
        self.signal = signal

    def __call__(self, batch: Batch, wanted: Tensor | None = None) -> Signal:
        return self.signal

    def observe(self, batch: Batch) -> Signal:
        return self.signal


@contextmanager
def alike(distiller: Distiller, size: int) -> Iterator[None]:
    """`ROWS` examples go the way of a batch of `size`, in as many chunks; nothing is compiled."""
    recipe, part = distiller.recipe, min(1.0, ROWS / size)
    distiller.recipe = replace(recipe, chunk=max(1, round(recipe.chunk * part)), compile=False)
    distiller.train()
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            yield
    finally:
        distiller.recipe = recipe


def work_of_data(distiller: Distiller, examples: Examples) -> Work:
    """What an example of the data costs."""
    return _learnt(distiller, _beside(distiller, next(examples.in_order(ROWS))))


def work_of_text(distiller: Distiller, turns: int) -> Work:
    """What a text of the student's own costs, as long as its texts were on average.

    Args:
        distiller: Its student wrote; the last batch is taken.
        turns: How many batches of such text were learnt from.
    """
    settings = distiller.on_policy
    assert settings is not None
    assert settings.kept is not None
    batch = _beside(distiller, settings.kept[1])
    prompts = prompts_of_text(batch)
    length, longest = batch["inputs"].shape[1], prompts.tokens.shape[1]
    _, written = operations(lambda: _write(distiller, prompts, length + 1 - longest))
    work = _learnt(distiller, batch)
    work = replace(work, student=work.student + written / len(prompts.tokens) / settings.reuse)
    usual = settings.progress.tokens / -(-turns // settings.reuse)
    return work.times((longest + usual - 1) / length)


def _learnt(distiller: Distiller, batch: Batch) -> Work:
    teachers, rows = distiller.teachers, len(batch["inputs"])
    heard: dict[str, TeacherSource] = {}
    counts: dict[str, float] = {}
    for name, source in teachers.items():
        signal, count = operations(lambda: _everywhere(source, batch))  # noqa: B023
        heard[name], counts[name] = Said(signal), count / rows
    distiller.teachers = heard
    try:
        _, count = operations(lambda: _step(distiller, batch))
    finally:
        distiller.teachers = teachers
        distiller.zero_grad(set_to_none=True)
    return Work(count / rows, counts)


def _step(distiller: Distiller, batch: Batch) -> None:
    objective = distiller.objective(batch)
    loss = objective.loss + objective.own
    if loss.requires_grad:
        loss.backward()


@torch.no_grad()
def _everywhere(source: TeacherSource, batch: Batch) -> Signal:
    """The signal about every example, off its routes too."""
    return (source.source if isinstance(source, Routed) else source).observe(batch)


def _write(distiller: Distiller, prompts: Prompts, new: int) -> None:
    with writing(distiller.student):
        source = decoder(distiller.student, prompts, new)
        source.start()
        for _ in range(new - 1):
            source.append(prompts.tokens[:, -1])


def _beside(distiller: Distiller, batch: Batch) -> Batch:
    """The first rows of the batch, where the student is now."""
    return beside(distiller.student, {name: rows[:ROWS] for name, rows in batch.items()})
