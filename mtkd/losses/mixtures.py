"""Divergences to a mixture of teacher and student, in which `share` says how much of which."""

import math

import torch
from torch import Tensor

from mtkd.functional import kl_divergence
from mtkd.losses.arguments import inside
from mtkd.losses.base import Divergence
from mtkd.losses.softened import Softened


def mixture(log_p: Tensor, log_q: Tensor, share: float) -> Tensor:
    """log(share * p + (1 - share) * q), with 0 < share < 1."""
    return torch.logaddexp(log_p + math.log(share), log_q + math.log1p(-share))


SMALLEST = torch.finfo(torch.float32).tiny
"""Stands for a mixture of two probabilities that are both 0, where it is multiplied by 0."""


def log_mean(p: Tensor, q: Tensor, share: float) -> Tensor:
    """log(share * p + (1 - share) * q) of probabilities, a new tensor; finite where both are 0."""
    return torch.lerp(q, p, share).clamp_(min=SMALLEST).log_()


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

    disjoint = True

    def __init__(self, share: float = 0.5, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        self.share = inside("share", share, "use ForwardKL or ReverseKL for the ends")
        self.expression = f"JS({{p}}, {{q}}; share {share:g})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        middle = mixture(teacher_log_probs, student_log_probs, self.share)
        to_teacher = kl_divergence(teacher_log_probs, middle)
        to_student = kl_divergence(student_log_probs, middle)
        return self.share * to_teacher + (1 - self.share) * to_student

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        middle = log_mean(teacher.probs, student.probs, self.share)
        to_teacher = teacher.log_probs.sub_(middle).mul_(teacher.probs)
        to_student = torch.sub(student.log_probs, middle, out=middle).mul_(student.probs)
        rest = 1 - self.share
        distance = self.share * to_teacher.sum(dim=-1) + rest * to_student.sum(dim=-1)
        return distance, to_student.mul_(rest)


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

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        middle = torch.lerp(student.probs, teacher.probs, self.share).clamp_(min=SMALLEST)
        slope = (student.probs / middle).mul_(teacher.probs).mul_(self.share - 1)
        gap = teacher.log_probs.sub_(middle.log_())
        return gap.mul_(teacher.probs).sum(dim=-1), slope


class SkewedReverseKL(Divergence):
    """KL(q || m), m = (1 - share) * p + share * q: near the teacher, costs at most -ln(share).

    Ko et al. 2024 (DistiLLM), https://arxiv.org/abs/2402.03898, where `share` is called lambda.
    Later papers print another function under this name, KL(lambda p + (1 - lambda) q || p).

    The gradient by a logit is q * (log(q / m) - share * q / m - c), where c makes their sum 0. With
    `detach_mixture`, as in the code of DistiLLM-2 (https://github.com/jongwooko/distillm-2,
    src/distillm_trainer.py), it is q * (log(q / m) - KL(q || m)), and the value is the same.

    Args:
        share: Student's part of the mixture, strictly between 0 and 1. In the forward loss
            the same lambda is the teacher's part.
        temperature: See `Divergence`.
        detach_mixture: Whether the q inside of m is held fixed when differentiating.

    Raises:
        ValueError: `share` is outside (0, 1).
    """

    def __init__(
        self, share: float = 0.1, temperature: float = 1.0, detach_mixture: bool = False
    ) -> None:
        super().__init__(temperature)
        self.share = inside("share", share, "use ReverseKL for 0; at 1 nothing is learned")
        self.detach_mixture = detach_mixture
        inner = "detach({q})" if detach_mixture else "{q}"
        self.expression = f"KL({{q}} || {1 - share:g} {{p}} + {share:g} {inner})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        inner = student_log_probs.detach() if self.detach_mixture else student_log_probs
        return kl_divergence(student_log_probs, mixture(inner, teacher_log_probs, self.share))

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        q = student.probs
        middle = teacher.probs.lerp_(q, self.share).clamp_(min=SMALLEST)
        through = 0.0 if self.detach_mixture else -self.share
        slope = (q / middle).mul_(through).add_(1).mul_(q)
        terms = torch.sub(student.log_probs, middle.log_(), out=middle).mul_(q)
        return terms.sum(dim=-1), slope.add_(terms)
