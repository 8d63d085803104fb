"""A loss called, and its answer checked: averages over positions would broadcast in silence."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.losses.base import DistillationLoss
from mtkd.untouched import untouched


def compare(
    loss: DistillationLoss, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor
) -> Tensor:
    """What the loss says: one number for each position of `teacher_logits`, `[..., classes]`.

    Raises:
        ValueError: It says something else, or without a gradient, or writes into what it is given.
    """
    name = type(loss).__name__
    found = untouched(name, loss, student_logits, teacher_logits, labels)
    check_distances(loss, found, tuple(teacher_logits.shape[:-1]))
    wanted = torch.is_grad_enabled() and student_logits.requires_grad
    if wanted and not found.requires_grad and bool(found.any()):
        raise ValueError(
            f"{name} returned distances without a gradient, so the student would learn nothing "
            "from them; compute them from the student without detach, numpy or no_grad"
        )
    return found


def check_distances(loss: DistillationLoss, found: object, shape: tuple[int, ...]) -> None:
    """Refuse distances that are not floating numbers of this shape; looks at no value.

    Raises:
        ValueError: What was got and expected.
    """
    if isinstance(found, Tensor):
        if found.shape == shape and found.is_floating_point():
            return
        got = str(list(found.shape))
        if not found.is_floating_point():
            got += f" of {str(found.dtype).removeprefix('torch.')}"
    else:
        got = f"a {type(found).__name__}"
    each = "each teacher and position" if len(shape) > 1 else "each position"
    raise ValueError(
        f"{type(loss).__name__} returned {got}, expected one floating number for {each}, "
        f"{list(shape)}; sum over the classes alone, and never average or sum over positions"
    )


def check_slope(
    loss: DistillationLoss, found: object, slope: Tensor, shape: tuple[int, ...]
) -> None:
    """The same for `with_slope`, compared over `shape`, `[..., classes]`.

    Raises:
        ValueError: What was got and expected.
    """
    check_distances(loss, found, shape[:-1])
    if not isinstance(slope, Tensor) or slope.shape != shape:
        got = list(slope.shape) if isinstance(slope, Tensor) else f"a {type(slope).__name__}"
        raise ValueError(
            f"{type(loss).__name__}.with_slope returned a slope {got}, expected one number for "
            f"each position and class, {list(shape)}; or leave with_slope out"
        )
