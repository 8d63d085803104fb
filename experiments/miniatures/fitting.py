"""Many small students of one kind, trained side by side with mtkd's own objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal


@dataclass(frozen=True)
class Positions:
    """What one step looks at: the positions of all students, one student after the other.

    Attributes:
        student: `[student, position, classes]` logits with gradient.
        teachers: `[teacher, student, position, classes]` logits; no teachers: labels only.
        labels: `[student, position]` integers.
    """

    student: Tensor
    teachers: Tensor
    labels: Tensor


def fit(
    parameters: Sequence[Tensor],
    positions: Callable[[int], Positions],
    recipe: Recipe,
    steps: int,
    rate: float,
) -> Tensor:
    """Adam on the mean objective of each student.

    The sum over students is divided by the positions of one, and Adam treats every number by
    itself, so each student is trained as if it were alone. To a weighting all positions of a
    student are one example: `granularity="example"` here is a batch of that student.

    Args:
        parameters: What is trained; the first axis counts students.
        positions: What step number i looks at.
        recipe: Loss, weighting, aggregation, share of the labels.
        steps: Optimizer steps.
        rate: Learning rate.

    Returns:
        Mean weight of each teacher over all steps, `[teacher]`; a 0 without teachers.
    """
    optimizer = torch.optim.Adam(list(parameters), lr=rate)
    weights = torch.zeros(1)
    for step in range(steps):
        seen = positions(step)
        students, count = seen.labels.shape
        signals = [CompleteSignal(ModelOutput(logits=t.flatten(0, 1))) for t in seen.teachers]
        objective = distillation_objective(
            ModelOutput(logits=seen.student.flatten(0, 1)),
            signals,
            seen.labels.flatten(),
            torch.arange(students).repeat_interleave(count),
            recipe,
        )
        optimizer.zero_grad()
        (objective.loss / count).backward()
        optimizer.step()
        if signals and recipe.hard_share < 1:
            weights = weights + objective.described["weight"] / objective.count / steps
    return weights
