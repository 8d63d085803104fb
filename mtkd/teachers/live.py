"""A teacher that runs beside the student."""

from __future__ import annotations

import torch
from torch import nn

from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers.base import Batch, TeacherSource


class LiveTeacher(TeacherSource):
    """A network that answers each batch; frozen, in eval mode, on its own device.

    Args:
        model: Takes a batch, returns a `ModelOutput`. Its dropout and its gradients are switched
            off here, whatever a trainer does: a teacher's noise would be noise in the target.
        identity: Content hash of its weights.
        device: Where it runs; the signal comes back on the batch's device.
    """

    def __init__(self, model: nn.Module, identity: str, device: str = "cpu") -> None:
        super().__init__(identity)
        self.device = torch.device(device)
        self.model = model.to(self.device).eval().requires_grad_(False)

    def observe(self, batch: Batch) -> Signal:
        here = {name: values.to(self.device) for name, values in batch.items()}
        output = self.model(here)
        return CompleteSignal(output.to(batch["labels"].device))
