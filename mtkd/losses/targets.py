"""Losses that treat the label's class apart from the other classes."""

import torch
from torch import Tensor

from mtkd.functional import cross_entropy, kl_divergence, log_probs
from mtkd.losses.arguments import not_negative, positive
from mtkd.losses.base import DistillationLoss

LEFT_OUT = -1e30
"""Log-probability of the class that was taken out: its exp is 0, and 0 times it is 0, not NaN."""


def check_labels(labels: Tensor, classes: int) -> None:
    """ValueError unless every label is one of the classes."""
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(
            f"labels must lie in [0, {classes}), got {int(labels.min())} to {int(labels.max())}; "
            "leave out positions without a label, or use a loss that needs none"
        )


def split(log_p: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """log(p(label), 1 - p(label)) and log of p over the other classes, renormalised.

    Nothing is subtracted from 1, so a label of probability 1 - 1e-30 leaves its competitors
    as they are. Shapes `[..., 2]` and `[..., classes]`, the latter with `LEFT_OUT` at the label.
    """
    shape = torch.broadcast_shapes(log_p.shape[:-1], labels.shape)
    wide = log_p.expand(*shape, log_p.shape[-1])
    index = labels.expand(shape).unsqueeze(-1)
    others = wide.scatter(-1, index, LEFT_OUT)
    rest = others.logsumexp(dim=-1, keepdim=True)
    return torch.cat([wide.gather(-1, index), rest], dim=-1), others.log_softmax(dim=-1)


class DecoupledKD(DistillationLoss):
    """The two parts of ForwardKL, with weights of their own.

        T^2 (target_weight * KL((p_y, 1 - p_y) || (q_y, 1 - q_y)) + rest_weight * KL(p' || q'))

    y is the label, p' and q' are p and q over the other classes, renormalised. Zhao et al. 2022
    (DKD), https://arxiv.org/abs/2203.08679, where the weights are called alpha and beta. KL
    itself weighs the second part by 1 - p_y. Zero where p = q. The paper multiplies all of it
    by a warm-up over 20 epochs, which is a schedule and not part of the loss.

    `coarse` is False: the label and its competitors are needed class by class.

    Args:
        target_weight: Not negative; of the label against all the rest.
        rest_weight: Not negative; of the classes other than the label.
        temperature: Positive; softens both sides, in both parts.

    Raises:
        ValueError: An argument is out of range, or a label is not one of the classes.
    """

    factor = "T^2 "

    def __init__(
        self, target_weight: float = 1.0, rest_weight: float = 8.0, temperature: float = 4.0
    ) -> None:
        super().__init__()
        self.target_weight = not_negative("target_weight", target_weight)
        self.rest_weight = not_negative("rest_weight", rest_weight)
        self.temperature = positive("temperature", temperature)
        parts = f"{target_weight:g} KL(label) + {rest_weight:g} KL(others)"
        self.expression = f"({parts}) of {{p}} || {{q}}"

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        check_labels(labels, student_logits.shape[-1])
        student_target, student_rest = split(log_probs(student_logits, self.temperature), labels)
        teacher_target, teacher_rest = split(log_probs(teacher_logits, self.temperature), labels)
        target = self.target_weight * kl_divergence(teacher_target, student_target)
        rest = self.rest_weight * kl_divergence(teacher_rest, student_rest)
        return self.temperature**2 * (target + rest)


class NormalizedKD(DistillationLoss):
    """Cross-entropies: the label as sure as the teacher is, the others in its proportions.

        -p_y log q_y - rest_weight * T^2 * sum p'_i log q'_i

    y is the label; p_y and q_y are *not* softened; p' and q' are the softened p and q over the
    other classes, renormalised. Yang et al. 2023 (NKD), https://arxiv.org/abs/2303.13005, where
    `rest_weight` is called gamma. Two traps: it is not zero where p = q (it is no divergence,
    and its first part wants q_y = 1), and some code puts the teacher's likeliest class
    where this has the label, with another weight.

    `coarse` is False: the label and its competitors are needed class by class.

    Args:
        rest_weight: Not negative; of the classes other than the label.
        temperature: Positive; softens the second part only.

    Raises:
        ValueError: An argument is out of range, or a label is not one of the classes.
    """

    unsoftened = True

    def __init__(self, rest_weight: float = 1.5, temperature: float = 1.0) -> None:
        super().__init__()
        self.rest_weight = not_negative("rest_weight", rest_weight)
        self.temperature = positive("temperature", temperature)
        self.expression = (
            f"-p(label) log q(label) + {rest_weight * temperature**2:g} CE(others of {{p}}, {{q}})"
        )

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        check_labels(labels, student_logits.shape[-1])
        sureness = (-cross_entropy(log_probs(teacher_logits), labels)).exp()
        target = sureness * cross_entropy(log_probs(student_logits), labels)
        _, student_rest = split(log_probs(student_logits, self.temperature), labels)
        _, teacher_rest = split(log_probs(teacher_logits, self.temperature), labels)
        rest = -(teacher_rest.exp() * student_rest).sum(dim=-1)
        return target + self.rest_weight * self.temperature**2 * rest
