"""A Lightning module that spends less of a small student's step on itself, and clips always."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.precision import MixedPrecision, Precision
from pytorch_lightning.utilities.enums import GradClipAlgorithmType
from torch.optim import Optimizer


class LeanModule(pl.LightningModule):
    """Two of Lightning's own ways made shorter, which do the same, and one that refuses less."""

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

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip after the one division, with fused optimizers too unless a scaler is in the way.

        Lightning refuses them under every mixed precision, because with a scaler they would
        unscale the gradients after these were clipped. Precision bf16-mixed has no scaler.
        """
        if gradient_clip_val is None:
            return
        plugin = self.trainer.precision_plugin
        if isinstance(plugin, MixedPrecision) and plugin.scaler is None:
            how = GradClipAlgorithmType(gradient_clip_algorithm or "norm")
            Precision.clip_gradients(plugin, optimizer, gradient_clip_val, how)
        else:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
