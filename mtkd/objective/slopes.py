"""A tile's cost and its gradient by the student's logits, by known derivatives, in place.

With g the derivative of a cost by the log-probabilities log q at temperature T, taken class by
class, its gradient by the logits is (g - q sum g) / T. The slopes g of all teachers and of the
labels are summed before that step, so it is made once however many there are.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkd.functional import log_probs
from mtkd.losses import Divergence
from mtkd.losses.checked import check_slope
from mtkd.losses.softened import Softened
from mtkd.untouched import untouched


class Slopes:
    """What one tile's log-probabilities at one temperature cost, and the slope of it.

    Args:
        logits: `[position, classes]`, the student's.
        temperature: What they are divided by.

    Attributes:
        student: Its probabilities, which all teachers are compared with.
    """

    def __init__(self, logits: Tensor, temperature: float) -> None:
        self.temperature = temperature
        self.student = Softened(log_probs(logits, temperature))
        self._slope: Tensor | None = None

    def add_teacher(self, loss: Divergence, teacher: Tensor, weight: Tensor) -> Tensor:
        """Distance `[position]` to a teacher's logits; its slope counts `weight`, `[position]`."""
        log_p = log_probs(teacher, self.temperature).to(self.student.log_probs.dtype)
        factor = self.temperature**2

        def with_slope(*_: Tensor) -> tuple[Tensor, Tensor]:
            return loss.with_slope(self.student, Softened(log_p))

        shown = self.student.log_probs, self.student.probs
        distance, slope = untouched(f"{type(loss).__name__}.with_slope", with_slope, *shown)
        check_slope(loss, distance, slope, tuple(log_p.shape))
        counted = weight if factor == 1 else factor * weight
        counted = counted.to(slope.dtype).unsqueeze(-1)
        if self._slope is None:
            self._slope = slope.mul_(counted)
        else:
            self._slope.addcmul_(slope, counted)
        return distance if factor == 1 else factor * distance

    def add_labels(self, labels: Tensor, smoothing: float, share: float) -> Tensor:
        """Scalar, summed cross-entropy of smoothed labels (-1: none); its slope counts `share`."""
        log_q = self.student.log_probs
        hard = F.nll_loss(log_q, labels, ignore_index=-1, reduction="sum")
        known = (labels != -1).to(log_q.dtype)
        classes = log_q.shape[-1]
        if smoothing:
            even = (log_q.sum(dim=-1) * known).sum() / classes
            hard = (1 - smoothing) * hard - smoothing * even
        if share:
            if self._slope is None:
                self._slope = torch.zeros_like(log_q)
            place = labels.clamp(min=0).unsqueeze(-1)
            counted = (-share * known).unsqueeze(-1)
            self._slope.scatter_add_(-1, place, (1 - smoothing) * counted)
            if smoothing:
                self._slope.add_(counted, alpha=smoothing / classes)
        return hard

    def pull(self, out: Tensor | None = None) -> Tensor:
        """`[position, classes]`, gradient of all that was added by the logits; read it once.

        Args:
            out: Where to write it, the logits' own memory for instance; None: somewhere new.
        """
        if self._slope is None:
            return torch.zeros_like(self.student.log_probs) if out is None else out.zero_()
        if self.temperature != 1:
            self._slope.div_(self.temperature)
        total = self._slope.sum(dim=-1, keepdim=True)
        return torch.addcmul(self._slope, self.student.probs, total, value=-1, out=out)
