"""What was counted since the last optimizer step, and since the epoch began."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.teachers import Batch

Total = Callable[[float], float]
"""From this device's number to that of all devices: their mean or their sum."""

REENTRANT = "CheckpointFunctionBackward"
"""torch's older checkpointing, which differentiates a graph of its own that nobody sees before."""


class Counts:
    """Positions of a step, and batches of an epoch.

    Attributes:
        positions: Counted positions since the last optimizer step.
    """

    def __init__(self) -> None:
        self.positions = 0
        self._batches = self._empty = 0

    def useful(self, batch: Batch) -> bool:
        """Whether any position of the batch counts; the batch is counted in any case."""
        useful = bool(batch["mask"].any())
        self._batches += 1
        self._empty += not useful
        return useful

    def divide(self, parameters: Iterable[nn.Parameter], mean: Total) -> None:
        """Divide summed gradients by the positions since the last step, which then begin anew.

        Averaging inside each batch would weigh positions by how the batch was split over
        accumulation steps and devices (TRL issue 4719, verl issue 7200). A step without any
        position changes nothing, not even by momentum or weight decay.
        """
        counted, self.positions = mean(float(self.positions)), 0
        if counted:
            gradients = [p.grad for p in parameters if p.grad is not None]
            torch._foreach_div_(gradients, counted)
            return
        for parameter in parameters:
            parameter.grad = None

    def end_epoch(self, total: Total) -> None:
        """Say how many batches were skipped because no position of theirs counts.

        Raises:
            ValueError: All of them were, on every device.
        """
        batches, empty = self._batches, self._empty
        self._batches = self._empty = 0
        if total(float(batches - empty)) == 0 and batches:
            raise ValueError(
                f"no position of the epoch's {batches} batches counts: the mask is false "
                "everywhere, so there is nothing to learn; check the labels and the prompts' "
                "lengths in the data"
            )
        if empty:
            warnings.warn(
                f"{empty} of the epoch's {batches} batches were skipped: no position of theirs "
                "counts (the mask is false everywhere)",
                stacklevel=2,
            )


def over_devices(module: Any, how: str, here: float) -> float:
    """The `mean` or `sum` over all devices that train `module`, a LightningModule."""
    if module.trainer.world_size == 1:
        return here
    number = torch.tensor(here, dtype=torch.float64, device=module.device)
    return float(module.trainer.strategy.reduce(number, reduce_op=how))


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
