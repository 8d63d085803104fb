"""A Lightning module that spends less of a small student's step on itself."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch


class LeanModule(pl.LightningModule):
    """Two of Lightning's own ways, made shorter; what they do is the same."""

    def __setattr__(self, name: str, value: Any) -> None:
        # Lightning notes the hook it is in, forty times a step; torch's way to set a module's
        # attribute looks for parameters first and costs 5 % of a small student's step.
        if name == "_current_fx_name":
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, number: int) -> Any:
        # Batches are made on the CPU: asking each tensor again takes 2 % of a small step.
        if device.type == "cpu":
            return batch
        return super().transfer_batch_to_device(batch, device, number)
