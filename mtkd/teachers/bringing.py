"""What a teacher says, brought to the device of the batch."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from mtkd.outputs import ModelOutput, OutputHead


class Bringing:
    """Brings outputs to a device; their head is copied there once, because it does not change."""

    def __init__(self) -> None:
        self._head: tuple[Tensor, OutputHead] | None = None

    def __call__(self, output: ModelOutput, device: torch.device) -> ModelOutput:
        """`output` on `device`, with the head that was copied before, if it is the same one."""
        head = output.head
        if head is None or head.weight.device == device:
            return output.to(device)
        known = self._head
        if known is None or known[0] is not head.weight or known[1].weight.device != device:
            bias = None if head.bias is None else head.bias.to(device)
            known = head.weight, replace(head, weight=head.weight.to(device), bias=bias)
            self._head = known
        return replace(output.map(lambda values: values.to(device)), head=known[1])
