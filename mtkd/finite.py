"""Training that broke down, told in one sentence: who gave the first number that is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from torch import Tensor

from mtkd.recipe import Recipe
from mtkd.recorder import Recorder


def check_finite(
    values: Mapping[str, float], recorder: Recorder, recipe: Recipe, step: int
) -> None:
    """Refuse to train on when an average loss or weight is infinite or NaN.

    Args:
        values: Averages of training by name, as `recorder` read them.
        recorder: Still holds the sums of each batch.
        recipe: What is minimised.
        step: Optimizer steps so far.

    Raises:
        ValueError: By which step, what was not finite, and what to do.
    """
    watched = [v for name, v in values.items() if name.endswith(("train/loss", "/weight"))]
    if not all(map(math.isfinite, watched)):
        said = _culprit(recorder.broken(), recorder.teachers, recipe)
        raise ValueError(f"training broke down by step {step}: {said}")


def _culprit(first: Mapping[str, Tensor], teachers: Sequence[str], recipe: Recipe) -> str:
    """Whoever was not finite before the others: in one batch the student speaks first."""
    loss, weighting = type(recipe.loss).__name__, type(recipe.weighting).__name__
    hard = float(first["hard"])
    if not math.isfinite(hard):
        blame = f" and at the gradient of {loss}" if teachers and recipe.hard_share < 1 else ""
        return (
            f"the student's own predictions are not finite (train/hard is {hard}); lower the "
            f"learning rate or clip gradients, and look at the inputs{blame}"
        )
    who = _first_teacher(first.get("weight"), teachers)
    if who:
        return (
            f"{weighting} weighs {who}; look at its evidence, a log-weight that is finite or -inf, "
            "or lower the learning rate"
        )
    who = _first_teacher(first.get("distance"), teachers)
    told = f"the distance of {who}" if who else str(float(first["loss"]))
    return (
        f"{loss} gave {told}, while the student's predictions are finite; look at that loss, "
        "where a probability is 0 for instance, or lower the learning rate"
    )


def _first_teacher(sums: Tensor | None, teachers: Sequence[str]) -> str:
    """`teacher 'a' nan`, the first of those whose sum is not finite; empty: none is."""
    numbers = [] if sums is None else sums.tolist()
    found = zip(teachers, numbers, strict=False)
    return next((f"teacher {n!r} {v}" for n, v in found if not math.isfinite(v)), "")
