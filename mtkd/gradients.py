"""Gradients gathered chunk by chunk, and handed to autograd once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.functional import widen
from mtkd.outputs import ModelOutput


class GradientStore:
    """What one walk learns about the student's body and head, the loss and the weighting.

    Args:
        student: Body `[position, ...]`, logits or hidden states with a head.
        loss: Its trainable parameters, if any, are gathered too.
        weighting: Its trainable parameters are gathered from its own loss only.
        whole: The walk is one chunk. Nothing is gathered then: one chunk of logits may exist
            until the backward pass, so the values keep autograd's own graph.
    """

    def __init__(
        self, student: ModelOutput, loss: nn.Module, weighting: nn.Module, *, whole: bool
    ) -> None:
        self.student, self.whole = student, whole
        head = student.head
        layers = [] if head is None else [head.weight, head.bias]
        self.inputs = [student.body, *(t for t in layers if t is not None)]
        self.loss = [p for p in loss.parameters() if p.requires_grad]
        self.weighting = [p for p in weighting.parameters() if p.requires_grad]
        enabled = torch.is_grad_enabled()
        self.learns = enabled and bool(self.weighting)
        self.wanted = enabled and any(t.requires_grad for t in [*self.inputs, *self.loss])
        self._sums: dict[int, Tensor] = {}

    def student_chunk(self, rows: slice) -> tuple[Tensor, Tensor]:
        """The chunk's raw logits as a leaf of its own small graph, and its finished logits."""
        if self.whole:
            logits = self.student.dense()
            return logits, logits
        body = self.student.body.detach()[rows]
        head = self.student.head
        if head is None:
            raw = body.requires_grad_(self.wanted)
            return raw, raw
        with torch.no_grad():
            raw = head.raw(body)
        raw.requires_grad_(self.wanted)
        return raw, head.finish(raw)

    def add_student(self, rows: slice, raw: Tensor, value: Tensor) -> None:
        """Gather d value / d raw into body, head and loss parameters."""
        if self.whole or not self.wanted or raw.numel() == 0:
            return
        wide, *others = torch.autograd.grad(value, [raw, *self.loss], allow_unused=True)
        for parameter, gradient in zip(self.loss, others, strict=True):
            if gradient is not None:
                self._sum(parameter).add_(gradient)
        body, head = self.student.body, self.student.head
        if head is None:
            self._sum(body)[rows] = wide
            return
        if body.requires_grad:
            self._sum(body)[rows] = wide @ head.weight.detach()
        if head.weight.requires_grad:
            self._sum(head.weight).addmm_(widen(wide).T, widen(body.detach()[rows]))
        if head.bias is not None and head.bias.requires_grad:
            self._sum(head.bias).add_(wide.sum(dim=0))

    def add_weighting(self, own: Tensor) -> None:
        """Gather the gradient of the weighting's own loss; its graph is kept for other chunks."""
        if self.whole:
            return
        found = torch.autograd.grad(own, self.weighting, retain_graph=True, allow_unused=True)
        for parameter, gradient in zip(self.weighting, found, strict=True):
            if gradient is not None:
                self._sum(parameter).add_(gradient)

    def attach_student(self, value: Tensor) -> Tensor:
        """`value` with the gathered gradients of body, head and loss."""
        return (
            self._attach(value, [*self.inputs, *self.loss])
            if self.wanted and not self.whole
            else value
        )

    def attach_weighting(self, value: Tensor) -> Tensor:
        """`value` with the gathered gradients of the weighting."""
        return self._attach(value, self.weighting) if self.learns and not self.whole else value

    def _sum(self, of: Tensor) -> Tensor:
        """Running sum in float32 or wider, in the shape of `of`."""
        if id(of) not in self._sums:
            wide = torch.promote_types(of.dtype, torch.float32)
            self._sums[id(of)] = torch.zeros_like(of, dtype=wide, requires_grad=False)
        return self._sums[id(of)]

    def _attach(self, value: Tensor, inputs: Sequence[Tensor]) -> Tensor:
        wanted = [tensor for tensor in inputs if tensor.requires_grad]
        gradients = [self._sum(tensor).to(tensor.dtype) for tensor in wanted]
        attached: Tensor = _Attach.apply(value, gradients, *wanted)
        return attached


class _Attach(torch.autograd.Function):
    """A value whose gradients are known already."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: list[Tensor], *inputs: Tensor) -> Tensor:
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[misc]
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return (None, None, *(gradient * upstream for gradient in ctx.gradients))
