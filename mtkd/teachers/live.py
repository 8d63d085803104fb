"""A teacher that runs beside the student."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mtkd.devices import device_of
from mtkd.language.placement import known_device, known_dtype
from mtkd.memory import TEACHER_ADVICE, told_memory
from mtkd.outputs import answered
from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers.base import Batch, TeacherSource
from mtkd.teachers.bringing import Bringing


class LiveTeacher(TeacherSource):
    """A network that answers each batch; frozen, in eval mode, with its own device and type.

    A language model's hidden states come back to the batch's device, never its logits; its head
    is copied there once, because a frozen head does not change.

    Args:
        model: Takes a batch, returns a `ModelOutput`. Its dropout and its gradients are switched
            off here, whatever a trainer does: a teacher's noise would be noise in the target.
        identity: Content hash of its weights.
        device: Where it runs; None: where it is.
        dtype: Name of a floating torch type it runs in, whatever the trainer's precision; None:
            the one it has. A quantised model keeps its own. Numbers of the batch are given to it
            in the type of its first floating weight.
        name: What to call it in a sentence; None: its identity.

    Raises:
        ValueError: An unknown type or device, or no memory to move it there.
    """

    def __init__(
        self,
        model: nn.Module,
        identity: str,
        device: str | None = None,
        dtype: str | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(identity)
        self.who = f"the teacher {name or identity} ({type(model).__name__})"
        self.device = device_of(model) if device is None else known_device(device)
        with told_memory(self.who, TEACHER_ADVICE):
            model = model.to(device=self.device, dtype=known_dtype(dtype))
        self.model, self.dtype = model.eval().requires_grad_(False), _type(model)
        self._brought = Bringing()

    def observe(self, batch: Batch) -> Signal:
        if self.model.training:  # whoever else holds it put it into train mode
            self.model.eval()
        here = {name: self._sent(values) for name, values in batch.items()}
        # The student's mixed precision is not the teacher's.
        with (
            told_memory(self.who, TEACHER_ADVICE),
            torch.autocast(self.device.type, enabled=False),
        ):
            output = answered(self.model, here, self.who)
            return CompleteSignal(self._brought(output, batch["labels"].device))

    def _sent(self, values: Any) -> Any:
        if not isinstance(values, Tensor):  # a text of each example
            return values
        dtype = self.dtype if values.is_floating_point() else None
        return values.to(device=self.device, dtype=dtype)


def _type(model: nn.Module) -> torch.dtype | None:
    """The type of the first floating weight of `model`; None if it has none."""
    return next((w.dtype for w in model.parameters() if w.is_floating_point()), None)
