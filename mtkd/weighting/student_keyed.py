"""Weights keyed to the student's own uncertainty, u = H(q) / ln(classes)."""

import math

import torch
from torch import Tensor

from mtkd.functional import kl_divergence, log_probs, logits_entropy, normalized_entropy
from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.checks import check_not_negative, check_share


class UncertaintyGated(TeacherWeighting):
    """Where the student is unsure, listen to the teachers that are sure.

    The score of teacher k is `-sharpness * u * u_k`, with `u` and `u_k` the entropies of
    student and teacher divided by ln(classes), so both lie in [0, 1]. A certain student
    (u = 0) weighs all teachers equally; an uncertain one (u = 1) prefers confident ones.

    Args:
        sharpness: Non-negative, dimensionless: the largest possible log-ratio between the
            weights of two teachers. 0 is `Uniform`.
        granularity: See `TeacherWeighting`; the products u * u_k are averaged.
    """

    def __init__(self, sharpness: float = 5.0, granularity: str = "position") -> None:
        super().__init__(granularity)
        self.sharpness = check_not_negative("sharpness", sharpness)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        student = logits_entropy(student_logits, normalized=True)
        return student * logits_entropy(teacher_logits, normalized=True)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return -self.sharpness * pooled

    @property
    def formula(self) -> str:
        return f"w = softmax(-{self.sharpness:g} u(q) u(p_k)), u = H / ln C"


class Disagreement(TeacherWeighting):
    """A sure student trusts the teachers near its own belief; an unsure one weighs all alike.

        w = softmax(-sharpness * (1 - discount * u) * JS(q, p_k))

    with JS the Jensen-Shannon divergence of equal shares, in nats, at most ln 2. It can shield
    a student that labels keep anchored from one loud wrong teacher. Without labels it feeds
    itself: the student moves to a teacher, trusts it more for that, and never hears the others.

    Args:
        sharpness: Non-negative: the log-ratio of the weights of two teachers for each nat by
            which their divergences from a certain student differ; at most sharpness * ln 2.
            0 is `Uniform`.
        discount: Between 0 and 1: how far the student's uncertainty blunts the rule. 1: a
            student without any idea weighs all alike; 0: its uncertainty is ignored.
        granularity: See `TeacherWeighting`; the discounted divergences are averaged.
    """

    compares = True

    def __init__(
        self, sharpness: float = 10.0, discount: float = 1.0, granularity: str = "position"
    ) -> None:
        super().__init__(granularity)
        self.sharpness = check_not_negative("sharpness", sharpness)
        self.discount = check_share("discount", discount)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        student, teacher = log_probs(student_logits), log_probs(teacher_logits)
        middle = torch.logaddexp(student, teacher) - math.log(2)
        divergence = (kl_divergence(student, middle) + kl_divergence(teacher, middle)) / 2
        return (1 - self.discount * normalized_entropy(student)) * divergence

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return -self.sharpness * pooled

    @property
    def formula(self) -> str:
        return f"w = softmax(-{self.sharpness:g} (1 - {self.discount:g} u(q)) JS(q, p_k))"
