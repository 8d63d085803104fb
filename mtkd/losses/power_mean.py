"""A divergence to a power mean of teacher and student."""

import math

import torch
from torch import Tensor

from mtkd.functional import kl_divergence
from mtkd.losses.arguments import away_from, inside
from mtkd.losses.base import Divergence
from mtkd.losses.mixtures import SMALLEST, mixture
from mtkd.losses.softened import Softened

SMALLEST_POWER = 0.01
"""Of the power means whose sum over the classes float32 holds, whatever the distributions."""


class AlphaMixture(Divergence):
    """KL(p || r), r the power mean of teacher and student between them.

        c = (1 - order) / 2
        r ~ (share * p^c + (1 - share) * q^c)^(1 / c), normalised

    Shin et al. 2026 (AMiD), https://arxiv.org/abs/2510.15982, where `order` is called alpha and
    `share` lambda; of the divergences to r the paper allows, this is its forward KL. Order -1
    is `SkewedForwardKL(share)`; order 1 is the geometric mixture, r ~ p^share q^(1 - share).
    The larger the order, the nearer r is to the smaller of p and q, class by class.

    Args:
        order: Any finite number; 1 exactly, or at least 0.01 away from it.
        share: Teacher's part of the mixture, strictly between 0 and 1.
        temperature: See `Divergence`.

    Raises:
        ValueError: `order` or `share` is outside the range above.
    """

    def __init__(self, order: float = 0.5, share: float = 0.5, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        if not math.isfinite(order):
            raise ValueError(f"order must be finite, got {order}; use 1 for the geometric mixture")
        if order != 1:
            away_from("order", order, 1, "use exactly 1 for the geometric mixture")
        self.order = order
        self.share = inside("share", share, "use ForwardKL for 0; at 1 nothing is learned")
        self.expression = f"KL({{p}} || r), r = M_{order:g}({share:g} {{p}}, {1 - share:g} {{q}})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        between = self.between(student_log_probs, teacher_log_probs)
        return kl_divergence(teacher_log_probs, between.log_softmax(dim=-1))

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        power = (1 - self.order) / 2
        ours, theirs, p = student.log_probs, teacher.log_probs, teacher.probs
        if SMALLEST_POWER <= power <= 1:
            # Powers of probabilities are too small for float32 only where r is 0 as well, and
            # all r together are at least 2^(-1 / power).
            influence = (power * ours).exp_()
            between = (power * theirs).exp_()
            between = torch.lerp(influence, between, self.share, out=between)
            influence.div_(between.clamp_(min=SMALLEST))
            between.log_().div_(power)
            total = between.exp().sum(dim=-1, keepdim=True).log_()
        else:
            between = self.between(ours, theirs)
            influence = (ours - between).mul_(power).exp_()
            total = between.logsumexp(dim=-1, keepdim=True)
        log_r = between.sub_(total)
        distance = theirs.sub_(log_r).mul_(p).sum(dim=-1)
        slope = log_r.exp_().sub_(p).mul_(influence).mul_(1 - self.share)
        return distance, slope

    def between(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        """log r before it is normalised, `[..., classes]`."""
        power = (1 - self.order) / 2
        if power == 0:
            return torch.lerp(student_log_probs, teacher_log_probs, self.share)
        powers = mixture(power * teacher_log_probs, power * student_log_probs, self.share)
        return powers / power
