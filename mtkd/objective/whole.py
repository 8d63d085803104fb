"""The one place where student, signals, weights, loss, labels and mask meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from mtkd.objective.walk import Walk
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import Signal


@dataclass(frozen=True)
class Objective:
    """What one batch costs: sums over its counted positions, in nats, never averages.

    Attributes:
        loss: Scalar with gradient, sum of `hard_share * hard + (1 - hard_share) * soft`.
        own: Scalar with gradient, sum of the weighting's own loss; 0 if it learns nothing.
        count: Number of counted positions; `mtkd.distiller` divides by it, once a step.
        hard: Scalar, cross-entropy with the labels.
        soft: Scalar, weighted distance to the teachers.
        described: Sums by name. `[teacher]`: `weight`, and with `detail` also `distance`,
            `agreement`, `entropy`, `coverage`. Scalars with `detail`: the student's `accuracy`
            and `confidence`.
    """

    loss: Tensor
    own: Tensor
    count: int
    hard: Tensor
    soft: Tensor
    described: dict[str, Tensor]


def distillation_objective(
    student: ModelOutput,
    signals: Sequence[Signal],
    labels: Tensor,
    examples: Tensor,
    recipe: Recipe,
    *,
    detail: bool = False,
) -> Objective:
    """Weigh the teachers, compare the student with each, and sum over positions.

    Positions are walked in chunks of `recipe.chunk`. Each chunk's logits, weights, distances and
    their gradient are made there and then, so never more than one chunk of `[chunk, classes]`
    logits per model exists. Differentiable once, not twice.

    Args:
        student: `[position, ...]`, only the counted positions.
        signals: One for each teacher, over the same positions; empty: labels only.
        labels: `[position]` integers; -1 where there is no label (the labels' part is 0 there).
        examples: `[position]` integers from 0, the example each position belongs to.
        recipe: Loss, weighting, aggregation and shares. With `hard_share` 1 teachers are unused.
        detail: Also describe the student and each teacher.

    Raises:
        ValueError: The recipe does not fit the signals (see `Recipe.check`).
    """
    signals = signals if recipe.hard_share < 1 else ()
    recipe.check(signals, student.classes)
    walk = Walk(student, signals, labels, examples, recipe, detail)
    for rows in walk.chunks():
        walk.add(rows)
    sums = walk.sums
    loss, own, hard, soft = (sums.pop(name, walk.zero) for name in ("loss", "own", "hard", "soft"))
    return Objective(
        loss=walk.gradients.attach_student(loss),
        own=walk.gradients.attach_weighting(own),
        count=len(labels),
        hard=hard,
        soft=soft,
        described=sums,
    )
