"""A weight and a low-rank addition to it, together."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def summed(weight: Tensor, addition: Tensor, name: str) -> Tensor:
    """Both together, rounded once."""
    if not is_plain(weight):
        raise ValueError(
            f"the weights below the additions of {name} are quantised, so they cannot be summed; "
            "load the model without quantization to save the student, or save its additions alone"
        )
    wide = torch.promote_types(weight.dtype, torch.float32)
    return (weight.to(wide) + addition.to(wide)).to(weight.dtype)


def is_plain(weight: Tensor) -> bool:
    """Whether a weight is made of numbers that can be added to; quantised ones have classes."""
    return type(weight) in (Tensor, nn.Parameter) and weight.is_floating_point()
