"""A value whose gradients are known before autograd asks for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class Attach(torch.autograd.Function):
    """A value whose gradients are known already."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: list[Tensor], *inputs: Tensor) -> Tensor:
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[misc]
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        if ctx.gradients is None:
            raise RuntimeError(
                "the gradients of this objective were handed out already; call backward once, "
                "or make the objective again"
            )
        # Handed over, not copied: a copy for the head alone is as large as the head.
        gradients, ctx.gradients = ctx.gradients, None
        return (None, None, *(gradients.pop(0).mul_(upstream) for _ in range(len(gradients))))
