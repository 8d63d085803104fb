"""A teacher that runs beside the student."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from mtkd.language.placement import known_device, known_dtype
from mtkd.memory import TEACHER_ADVICE, told_memory
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers.base import Batch, TeacherSource


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
            the one it has. A quantised model keeps its own.
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
        self.dtype = known_dtype(dtype)
        self.device = _place(model) if device is None else known_device(device)
        with told_memory(self.who, TEACHER_ADVICE):
            model = model.to(device=self.device, dtype=self.dtype)
        self.model = model.eval().requires_grad_(False)
        self._head: tuple[Tensor, OutputHead] | None = None

    def observe(self, batch: Batch) -> Signal:
        here = {name: self._sent(values) for name, values in batch.items()}
        # The student's mixed precision is not the teacher's.
        with (
            told_memory(self.who, TEACHER_ADVICE),
            torch.autocast(self.device.type, enabled=False),
        ):
            output = self.model(here)
            return CompleteSignal(self._brought(output, batch["labels"].device))

    def _sent(self, values: Tensor) -> Tensor:
        dtype = self.dtype if values.is_floating_point() else None
        return values.to(device=self.device, dtype=dtype)

    def _brought(self, output: ModelOutput, device: torch.device) -> ModelOutput:
        """The output on `device`; its head was copied there before, if it is the same one."""
        head = output.head
        if head is None or head.weight.device == device:
            return output.to(device)
        known = self._head
        if known is None or known[0] is not head.weight or known[1].weight.device != device:
            bias = None if head.bias is None else head.bias.to(device)
            known = head.weight, replace(head, weight=head.weight.to(device), bias=bias)
            self._head = known
        return replace(output.map(lambda values: values.to(device)), head=known[1])


def _place(model: nn.Module) -> torch.device:
    """Where the first weight of `model` is; the CPU if it has none."""
    return next((weight.device for weight in model.parameters()), torch.device("cpu"))
