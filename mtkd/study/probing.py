"""A study's loss and weighting called once on a few made-up positions, before any training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from mtkd.config import ConfigError
from mtkd.functional import log_probs
from mtkd.losses import DistillationLoss, Divergence
from mtkd.losses.checked import check_slope, compare
from mtkd.losses.softened import Softened
from mtkd.recipe import Recipe

POSITIONS, TEACHERS = 3, 2
"""Unequal, so that neither is taken for the other."""


def check_called(recipe: Recipe, teachers: int, classes: int, width: int | None) -> None:
    """Refuse a loss or weighting that cannot be called, or answers in another shape.

    Args:
        recipe: What a trial minimises; its weighting knows who teaches.
        teachers: How many.
        classes: The student's.
        width: Of the student's hidden state, if it gives one.

    Raises:
        ConfigError: What was got and expected.
    """
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    student, labels = draw(POSITIONS, classes), torch.zeros(POSITIONS, dtype=torch.int64)
    few, all_of_them = draw(TEACHERS, POSITIONS, classes), draw(teachers, POSITIONS, classes)
    hidden = None if width is None else draw(POSITIONS, width)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        with _told("config.loss", recipe.loss):
            check_loss(recipe.loss, student, few, labels)
            if recipe.aggregation != "distances":
                check_loss(recipe.loss, student, few[0], labels)
        with _told("config.weighting", recipe.weighting):
            recipe.weighting(student, all_of_them, labels, hidden)


def check_loss(loss: DistillationLoss, student: Tensor, teacher: Tensor, labels: Tensor) -> None:
    """Refuse a loss whose value, or slope if it knows one, has another shape or is not finite.

    Raises:
        ValueError: What was got and expected.
    """
    if not compare(loss, student, teacher, labels).isfinite().all():
        raise ValueError(f"{type(loss).__name__} is infinite or NaN for random finite logits")
    if isinstance(loss, Divergence) and loss.has_slope:
        one = teacher if teacher.dim() == student.dim() else teacher[0]
        sides = [Softened(log_probs(side, loss.temperature)) for side in (student, one)]
        check_slope(loss, *loss.with_slope(*sides), tuple(one.shape))


@contextmanager
def _told(at: str, part: object) -> Iterator[None]:
    """Any error of a user's formula is an error of the config."""
    try:
        yield
    except ValueError as error:
        raise ConfigError(f"{at}: {error}") from error
    except Exception as error:  # a formula of the user's own raises what it likes
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError(
            f"{at}: {type(part).__name__} fails on {POSITIONS} positions: {first}"
        ) from error
