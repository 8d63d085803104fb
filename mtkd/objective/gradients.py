"""Gradients gathered chunk by chunk, and handed to autograd once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from mtkd.functional import widen
from mtkd.objective import products
from mtkd.objective.attach import Attach
from mtkd.objective.block import Block
from mtkd.objective.slopes import Slopes
from mtkd.outputs import ModelOutput


class GradientStore:
    """What one walk learns about the student's body and head, the loss and the weighting.

    Args:
        student: Body `[position, ...]`, logits or hidden states with a head.
        loss: Its trainable parameters, if any, are gathered too.
        weighting: Its trainable parameters are gathered from its own loss only.
        chunk: Positions whose logits exist at one time.
        whole: The walk is one chunk. Nothing is gathered then: one chunk of logits may exist
            until the backward pass, so the values keep autograd's own graph.
    """

    def __init__(
        self,
        student: ModelOutput,
        loss: nn.Module,
        weighting: nn.Module,
        *,
        chunk: int,
        whole: bool,
    ) -> None:
        self.student, self.chunk, self.whole = student, chunk, whole
        head = student.head
        layers = [] if head is None else [head.weight, head.bias]
        self.inputs = [student.body, *(t for t in layers if t is not None)]
        self.loss = [p for p in loss.parameters() if p.requires_grad]
        self.weighting = [p for p in weighting.parameters() if p.requires_grad]
        enabled = torch.is_grad_enabled()
        self.learns = enabled and bool(self.weighting)
        self.wanted = enabled and any(t.requires_grad for t in [*self.inputs, *self.loss])
        self.gathers = self.wanted and not whole
        self._sums: dict[int, Tensor] = {}
        self._logits: Tensor | None = None
        self._weight = None if head is None else products.operand(head.weight, student.body)

    def student_chunk(self, rows: slice) -> Tensor:
        """`[position, classes]` logits; where gradients are gathered, theirs to overwrite."""
        student, head = self.student, self.student.head
        if self.whole:
            return student.dense()
        body = student.body.detach()[rows]
        if head is None or self._weight is None:
            if not self.gathers:
                return body
            return self._sum(student.body)[rows].copy_(body)
        if self._logits is None:
            wide = torch.promote_types(widen(body[:0]).dtype, head.weight.dtype)
            size = min(self.chunk, len(student.body))
            self._logits = products.zeros((size, student.classes), wide, body.device)
        logits = self._logits[: len(body)]
        bias = None if head.bias is None else head.bias.detach()
        with torch.no_grad():
            products.multiply_head(logits, products.alike(body, self._weight), self._weight, bias)
            return head.finish_in_place(logits)

    def leaf(self, tile: Block) -> Block:
        """The tile with its logits at the root of a graph, where gradients are gathered."""
        if not self.gathers:
            return tile
        return replace(tile, logits=tile.logits.detach().requires_grad_())

    def by_autograd(self, value: Tensor, logits: Tensor) -> Tensor:
        """d value / d logits; that by the loss's parameters is gathered here."""
        if not value.requires_grad:
            return torch.zeros_like(logits)
        pull, *others = torch.autograd.grad(value, [logits, *self.loss], allow_unused=True)
        for parameter, gradient in zip(self.loss, others, strict=True):
            if gradient is not None:
                self._sum(parameter).add_(gradient)
        return pull

    @torch.no_grad()
    def overwrite(self, logits: Tensor, found: Tensor | Sequence[Slopes]) -> None:
        """Put a tile's gradient in its logits' place, led on to the raw logits."""
        head = self.student.head
        finished = head is not None and (head.softcap is not None or head.scale != 1.0)
        finish = head.slope(logits) if head is not None and finished else None
        if isinstance(found, Tensor):
            logits.copy_(found)
        else:
            found[0].pull(out=logits)
            for other in found[1:]:
                logits.add_(other.pull())
        if finish is not None:
            logits.mul_(finish)

    @torch.no_grad()
    def add_chunk(self, rows: slice) -> None:
        """Gather what the chunk's gradients, lying in its logits' place, mean for the student."""
        body, head = self.student.body, self.student.head
        if not self.gathers or head is None or self._weight is None or self._logits is None:
            return
        pull = self._logits[: rows.stop - rows.start]
        if body.requires_grad:
            products.multiply_back(self._sum(body)[rows], pull, self._weight)
        if head.weight.requires_grad:
            products.add_outer(
                self._sum(head.weight), pull, products.alike(body.detach()[rows], self._weight)
            )
        if head.bias is not None and head.bias.requires_grad:
            self._sum(head.bias).add_(pull.sum(dim=0))

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
        return self._attach(value, [*self.inputs, *self.loss]) if self.gathers else value

    def attach_weighting(self, value: Tensor) -> Tensor:
        """`value` with the gathered gradients of the weighting."""
        return self._attach(value, self.weighting) if self.learns and not self.whole else value

    def _sum(self, of: Tensor) -> Tensor:
        """Running sum in float32 or wider, in the shape of `of`."""
        if id(of) not in self._sums:
            wide = torch.promote_types(of.dtype, torch.float32)
            self._sums[id(of)] = products.zeros(of.shape, wide, of.device)
        return self._sums[id(of)]

    def _attach(self, value: Tensor, inputs: Sequence[Tensor]) -> Tensor:
        wanted = [tensor for tensor in inputs if tensor.requires_grad]
        gradients = [self._sum(tensor).to(tensor.dtype) for tensor in wanted]
        attached: Tensor = Attach.apply(value, gradients, *wanted)
        return attached
