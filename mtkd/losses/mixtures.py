"""Divergences to a mixture of teacher and student, in which `share` says how much of which."""

import math

import torch
from torch import Tensor

from mtkd.functional import kl_divergence
from mtkd.losses.arguments import away_from, inside
from mtkd.losses.base import Divergence


def mixture(log_p: Tensor, log_q: Tensor, share: float) -> Tensor:
    """log(share * p + (1 - share) * q), with 0 < share < 1."""
    return torch.logaddexp(log_p + math.log(share), log_q + math.log1p(-share))


class JensenShannon(Divergence):
    """Distance of both distributions to their mixture; never exceeds ln 2.

        m = share * p + (1 - share) * q
        share * KL(p || m) + (1 - share) * KL(q || m)

    Agarwal et al. 2024 (GKD), equation 1, https://arxiv.org/abs/2306.13649, where `share` is
    called beta. Symmetric when `share` is 0.5. For small `share` it behaves like
    `share * ForwardKL`, so compare runs at equal gradient size, not equal weight. TRL's
    trainer gives ForwardKL at beta = 0 and ReverseKL at beta = 1, on another scale than
    everything between; here the ends are refused.

    Args:
        share: Teacher's part of the mixture, strictly between 0 and 1.
        temperature: See `Divergence`.

    Raises:
        ValueError: `share` is outside (0, 1). At the ends the value is 0; divided by
            `share` or `1 - share` it tends to `ForwardKL` or `ReverseKL`.
    """

    def __init__(self, share: float = 0.5, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        self.share = inside("share", share, "use ForwardKL or ReverseKL for the ends")
        self.expression = f"JS({{p}}, {{q}}; share {share:g})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        middle = mixture(teacher_log_probs, student_log_probs, self.share)
        to_teacher = kl_divergence(teacher_log_probs, middle)
        to_student = kl_divergence(student_log_probs, middle)
        return self.share * to_teacher + (1 - self.share) * to_student


class SkewedForwardKL(Divergence):
    """KL(p || share * p + (1 - share) * q): covers the teacher, but costs at most -ln(share).

    Ko et al. 2024 (DistiLLM), https://arxiv.org/abs/2402.03898, where `share` is
    called lambda. Their code drops the entropy of p, a constant, so its values differ.

    Args:
        share: Teacher's part of the mixture, strictly between 0 and 1. In the reverse loss
            the same lambda is the student's part.
        temperature: See `Divergence`.

    Raises:
        ValueError: `share` is outside (0, 1).
    """

    def __init__(self, share: float = 0.1, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        self.share = inside("share", share, "use ForwardKL for 0; at 1 nothing is learned")
        self.expression = f"KL({{p}} || {share:g} {{p}} + {1 - share:g} {{q}})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        middle = mixture(teacher_log_probs, student_log_probs, self.share)
        return kl_divergence(teacher_log_probs, middle)


class SkewedReverseKL(Divergence):
    """KL(q || (1 - share) * p + share * q): stays near the teacher, costs at most -ln(share).

    Ko et al. 2024 (DistiLLM), https://arxiv.org/abs/2402.03898, where `share` is
    called lambda. Later papers print another function under this name,
    KL(lambda p + (1 - lambda) q || p).

    Args:
        share: Student's part of the mixture, strictly between 0 and 1. In the forward loss
            the same lambda is the teacher's part.
        temperature: See `Divergence`.

    Raises:
        ValueError: `share` is outside (0, 1).
    """

    def __init__(self, share: float = 0.1, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        self.share = inside("share", share, "use ReverseKL for 0; at 1 nothing is learned")
        self.expression = f"KL({{q}} || {1 - share:g} {{p}} + {share:g} {{q}})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        middle = mixture(student_log_probs, teacher_log_probs, self.share)
        return kl_divergence(student_log_probs, middle)


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
        power = (1 - self.order) / 2
        if power == 0:
            between = torch.lerp(student_log_probs, teacher_log_probs, self.share)
        else:
            powers = mixture(power * teacher_log_probs, power * student_log_probs, self.share)
            between = powers / power
        return kl_divergence(teacher_log_probs, between.log_softmax(dim=-1))
