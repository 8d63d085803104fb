"""A teacher's opinion about every class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtkd.functional import cross_entropy, log_probs
from mtkd.outputs import ModelOutput
from mtkd.signals.view import View


@dataclass(frozen=True)
class CompleteSignal:
    """A teacher's opinion about every class.

    Attributes:
        output: Finite logits `[..., classes]`, or hidden states and a head.
        present: `[...]` booleans, false where the teacher is silent; None: it always speaks.
    """

    output: ModelOutput
    present: Tensor | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.output, ModelOutput):
            raise TypeError(
                f"a signal is made of a ModelOutput, got {type(self.output).__name__}; "
                "write CompleteSignal(ModelOutput(logits=...))"
            )

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.output.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the positions."""
        return self.output.shape

    def map(self, change: Callable[[Tensor], Tensor]) -> CompleteSignal:
        """`change` (a slice or a selection of positions) applied to every tensor."""
        present = None if self.present is None else change(self.present)
        return CompleteSignal(self.output.map(change), present)

    def silenced(self, present: Tensor) -> CompleteSignal:
        """The same signal, silent where `present` is false."""
        return replace(self, present=present)

    def finite(self) -> bool:
        """Whether every value is finite, as every formula downstream relies on."""
        body = self.output.body
        # The extremes show infinity and NaN, and need no memory of the size of a large table.
        return not body.numel() or bool(torch.stack(body.aminmax()).isfinite().all())

    def dense(self) -> CompleteSignal:
        """The same signal with its logits made, so that they are made only once."""
        return replace(self, output=ModelOutput(logits=self.output.dense()))

    def view(self, student_logits: Tensor, labels: Tensor, temperature: float) -> View:
        """Student and teacher side by side over all classes, at any temperature."""
        return View(student_logits, self.output.dense(), labels)

    def spread(self) -> Tensor:
        """`[..., classes]` logits: nothing is pooled."""
        return self.output.dense()

    def label_log_probs(self, labels: Tensor) -> Tensor:
        """`[...]` log-probability of the label."""
        return -cross_entropy(log_probs(self.output.dense()), labels)

    def scaled(self, temperature: float) -> CompleteSignal:
        """The same opinion with its logits divided by `temperature`."""
        return replace(self, output=self.output.softened(temperature))
