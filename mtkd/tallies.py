"""What was counted since the last optimizer step, and since the epoch began."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from mtkd.teachers import Batch

Total = Callable[[float], float]
"""From this device's number to that of all devices: their mean or their sum."""


class Counts:
    """Positions of a step, and batches of an epoch.

    Attributes:
        positions: Counted positions since the last optimizer step.
        pending: Whether a batch was learnt from since the last division.
    """

    def __init__(self) -> None:
        self.positions, self.pending = 0, False
        self._batches = self._empty = self._step = 0

    def begin(self, step: int) -> None:
        """Note that a batch is learnt from, after `step` optimizer steps.

        Raises:
            RuntimeError: A step was taken since the last batch, and its gradients not divided.
        """
        if self.pending and step != self._step:
            raise RuntimeError(
                "an optimizer step was taken with gradients that were sums, not divided by their "
                "positions; call super() in the optimizer_step, on_before_optimizer_step and "
                "on_train_start of your subclass of Distiller"
            )
        self.pending, self._step = True, step

    def useful(self, batch: Batch) -> bool:
        """Whether any position of the batch counts; the batch is counted in any case."""
        useful = bool(batch["mask"].any())
        self._batches += 1
        self._empty += not useful
        return useful

    def divide(self, parameters: Iterable[nn.Parameter], mean: Total) -> bool:
        """Divide summed gradients by the positions since the last step, which then begin anew.

        Returns whether there were any.

        Averaging inside each batch would weigh positions by how the batch was split over
        accumulation steps and devices (TRL issue 4719, verl issue 7200). A step without any
        position changes nothing, not even by momentum or weight decay.
        """
        counted = mean(float(self.positions))
        self.positions, self.pending = 0, False
        if counted:
            gradients = [p.grad for p in parameters if p.grad is not None]
            if gradients:
                torch._foreach_div_(gradients, counted)
            return True
        for parameter in parameters:
            parameter.grad = None
        return False

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
