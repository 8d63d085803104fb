"""What cannot be learnt from a student's own text, said before the first step."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from mtkd.losses import DistillationLoss
from mtkd.onpolicy.wrappers import inside
from mtkd.recipe import Recipe
from mtkd.teachers import CachedTeacher, TeacherSource


def check_numbers(
    share: float,
    temperature: float,
    top_p: float,
    max_new_tokens: int,
    prompt_tokens: int | None,
    reuse: int,
) -> None:
    """Raise a ValueError unless every number is in its range."""
    if not 0 < share <= 1:
        raise ValueError(
            f"share must be above 0 and at most 1, got {share}; for no text of the student's own "
            "write on_policy: null"
        )
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
    counts = {"max_new_tokens": max_new_tokens, "prompt_tokens": prompt_tokens, "reuse": reuse}
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")


def check_parts(
    recipe: Recipe, hard_share: float, teachers: Mapping[str, TeacherSource], uses_loss: bool
) -> None:
    """Refuse what would fail in the middle of the first turn, or would pass silently.

    Args:
        recipe: What is minimised on the student's own text.
        hard_share: Of the text of the data.
        teachers: All of them, by name.
        uses_loss: Whether the recipe's loss is used, not the sampled-token form.

    Raises:
        ValueError: One sentence.
    """
    if not teachers or hard_share == 1:
        raise ValueError(
            "nobody teaches the student about its own text: there are no teachers, or hard_share "
            "is 1; write on_policy: null for a student that learns from labels only"
        )
    for name, source in teachers.items():
        if recorded(source):
            raise ValueError(
                f"teacher {name} has recorded answers only, and nobody recorded an answer to what "
                "the student will write; use a live teacher, or write on_policy: null"
            )
    check_recipe(recipe, uses_loss)


def check_recipe(recipe: Recipe, uses_loss: bool) -> None:
    """Refuse what needs labels, or more than one token shows; arguments as in `check_parts`.

    Raises:
        ValueError: One sentence.
    """
    weighting = type(recipe.weighting).__name__
    if recipe.weighting.needs_labels:
        raise ValueError(
            f"{weighting} needs labels, and text that the student wrote has none; name another "
            "rule in on_policy.weighting"
        )
    if uses_loss and reads_labels(recipe.loss):
        raise ValueError(
            f"{type(recipe.loss).__name__} needs labels, and text that the student wrote has none; "
            "name another loss in on_policy.loss"
        )
    if not uses_loss and recipe.aggregation == "logits":
        raise ValueError(
            "PolicyGradient sees one token and cannot average logits; use aggregation 'distances' "
            "or 'probabilities'"
        )


def check_unsplit(splits: bool) -> None:
    """Raise a ValueError if the student's weights are split over devices."""
    if splits:
        raise ValueError(
            "a student whose weights are split over devices (strategy fsdp) cannot write text: "
            "devices would wait for each other's tokens; use strategy ddp, or on_policy: null"
        )


def recorded(source: TeacherSource) -> bool:
    """Whether `source` is, or wraps, answers that were recorded once."""
    return any(isinstance(inner, CachedTeacher) for inner in inside(source))


@torch.no_grad()
def reads_labels(loss: DistillationLoss) -> bool:
    """Whether the label makes a difference, tried on three positions of four classes."""
    student = torch.tensor([[0.2, 1.0, -0.5, 2.0], [1.0, 0.1, 0.4, -2.0], [0.0, 3.0, 0.3, 1.0]])
    teacher = student.flip(0) * 1.3
    first, second = torch.tensor([0, 1, 2]), torch.tensor([3, 0, 1])
    values = [loss(student, teacher, labels).nan_to_num() for labels in (first, second)]
    return not torch.equal(*values)
