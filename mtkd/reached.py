"""Which parameters a loss reaches, and a gradient of 0 for the others where DDP waits for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

REENTRANT = "CheckpointFunctionBackward"
"""torch's older checkpointing, which differentiates a graph of its own that nobody sees before."""


class Reached:
    """The parameters that got a gradient since the last optimizer step.

    DDP waits for a gradient of every trained parameter, and some are reached by no batch or not by
    every one: a tower for pictures, a mixture's expert. They are given 0, which is taken back if
    no device has another gradient: one device alone would leave them as they are, and weight decay
    or momentum would move them.
    """

    def __init__(self) -> None:
        self._found: set[int] = set()

    def complete(self, loss: Tensor, module: Any) -> Tensor:
        """`loss` of `module`, a LightningModule, with a gradient for what DDP waits for."""
        if not _waits(module):
            return loss
        parameters = trained(module)
        found = reached(loss, parameters)
        self._found |= found
        rest = [p for p in parameters if id(p) not in found]
        return loss + nothing(rest) if rest else loss

    def release(self, module: Any) -> None:
        """Take back, before the optimizer step, the zeros of what no device reached.

        What is not 0 came from elsewhere: a penalty that a subclass or a callback adds.
        """
        if not _waits(module):
            return
        parameters = trained(module)
        here = torch.tensor([float(id(p) in self._found) for p in parameters], device=module.device)
        self._found.clear()
        devices = module.trainer.strategy.reduce(here, reduce_op="sum").tolist()
        for parameter, count in zip(parameters, devices, strict=True):
            if not count and parameter.grad is not None and not parameter.grad.any():
                parameter.grad = None


def _waits(module: Any) -> bool:
    """Whether DDP trains `module`: weights that are split need no gradient each."""
    return module.trainer.world_size > 1 and module.device_mesh is None


def trained(module: nn.Module) -> list[nn.Parameter]:
    """The parameters that are not frozen."""
    return [p for p in module.parameters() if p.requires_grad]


def reached(loss: Tensor, parameters: Iterable[nn.Parameter]) -> set[int]:
    """Ids of those of `parameters` that get a gradient when `loss` is differentiated."""
    found: set[int] = set()
    seen: set[Any] = {None}
    ahead: list[Any] = [loss.grad_fn]
    while ahead:
        node = ahead.pop()
        if node in seen:
            continue
        if node.name() == REENTRANT:
            return {id(p) for p in parameters}
        seen.add(node)
        ahead += [before for before, _ in node.next_functions]
        found.add(id(getattr(node, "variable", None)))
    return found


def nothing(parameters: Iterable[nn.Parameter]) -> Tensor:
    """0 with a gradient of 0 for each of `parameters`, which other devices may wait for."""
    return torch.stack([p.flatten()[0].float() * 0 for p in parameters]).sum()
