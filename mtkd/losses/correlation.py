"""Losses that compare directions only: what is left of values without their mean and scale."""

import math

import torch
from torch import Tensor

from mtkd.functional import widen
from mtkd.losses.arguments import not_negative, positive
from mtkd.losses.base import DistillationLoss, Divergence
from mtkd.losses.divergences import ForwardKL


def centre(values: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Values minus their mean, and their length along the axis to divide by.

    The length of equal values, or of what rounding leaves of them, is given as 1: a student
    that starts with uniform predictions gets a gradient of ordinary size, not NaN or 1e7 of it.
    """
    centred = values - values.mean(dim=axis, keepdim=True)
    length = torch.linalg.vector_norm(centred, dim=axis, keepdim=True)
    limits = torch.finfo(values.dtype)
    size = torch.linalg.vector_norm(values.detach(), dim=axis, keepdim=True)
    constant = length <= 4 * limits.eps * size + math.sqrt(limits.tiny)
    return centred, length.masked_fill(constant, 1)


def standardize(logits: Tensor) -> Tensor:
    """Logits minus their mean, divided by their standard deviation (ddof = 1) plus 1e-7."""
    centred, length = centre(widen(logits), axis=-1)
    return centred / (length / math.sqrt(max(logits.shape[-1] - 1, 1)) + 1e-7)


class StandardizedKL(DistillationLoss):
    """ForwardKL of logits that were brought to mean 0 and standard deviation 1.

    Sun et al. 2024 (LSKD), https://arxiv.org/abs/2403.01427. The standard deviation is the one
    with ddof = 1, as in `torch.std`, plus 1e-7; equal logits become zeros. The scale of the
    teacher's logits, that is its confidence, is discarded: do not use this to study what a
    student inherits of it, and do not expect the student's own confidence to be trained.

    `coarse` is False: mean and deviation need the logits of all classes.

    Args:
        temperature: Positive; softens the standardised logits on both sides.

    Raises:
        ValueError: `temperature` is not positive or not finite.
    """

    factor = "T^2 "
    expression = "KL({p} || {q}) of standardised logits"

    def __init__(self, temperature: float = 2.0) -> None:
        super().__init__()
        self.temperature = positive("temperature", temperature)
        self.softened = ForwardKL(temperature)

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        return self.softened(standardize(student_logits), standardize(teacher_logits), labels)


def dissimilarity(student: Tensor, teacher: Tensor, axis: int) -> Tensor:
    """1 - Pearson correlation along one axis, as half the squared distance of directions.

    Unlike 1 - r itself this is exactly 0 at equality and never negative.
    """
    student, student_length = centre(student, axis)
    teacher, teacher_length = centre(teacher, axis)
    return (student / student_length - teacher / teacher_length).square().sum(dim=axis) / 2


class CorrelationKD(Divergence):
    """1 - Pearson correlation of p and q: within each position, and within each class.

        sample_weight * (1 - r(p_i, q_i)) + batch_weight * mean over classes c of (1 - r(p_c, q_c))

    p_i holds the classes at position i, p_c the positions of the call at class c. Huang et al.
    2022 (DIST), https://arxiv.org/abs/2205.10536, where the weights are called beta and gamma,
    and the parts inter-class and intra-class relation. The second part is a property of
    the batch; every position carries it whole, so that a plain mean over positions is the
    paper's loss. Dimensionless, each 1 - r in [0, 2]; where one side is constant it is 1/2, where
    both are it is 0.

    `row_wise` is False unless `batch_weight` is 0: the batch part looks at all positions of
    the call and cannot be walked in chunks. `coarse` is False: a correlation with a
    pooled rest is another number.

    Args:
        sample_weight: Not negative; of the correlation over classes.
        batch_weight: Not negative; of the correlation over positions.
        temperature: See `Divergence`.

    Raises:
        ValueError: An argument is out of range, or both weights are 0.
    """

    coarse = False

    def __init__(
        self, sample_weight: float = 1.0, batch_weight: float = 1.0, temperature: float = 1.0
    ) -> None:
        super().__init__(temperature)
        self.sample_weight = not_negative("sample_weight", sample_weight)
        self.batch_weight = not_negative("batch_weight", batch_weight)
        if sample_weight == 0 and batch_weight == 0:
            raise ValueError("sample_weight and batch_weight must not both be 0; give one a weight")
        self.row_wise = batch_weight == 0
        parts = f"{sample_weight:g} (1 - r_classes) + {batch_weight:g} (1 - r_batch)"
        self.expression = f"({parts}) of {{p}}, {{q}}"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        student, teacher = student_log_probs.exp(), teacher_log_probs.exp()
        rows = self.sample_weight * dissimilarity(student, teacher, axis=-1)
        if self.row_wise:
            return rows
        positions = student.ndim - 1
        leading = teacher.shape[: teacher.ndim - 1 - positions]
        student = student.reshape(-1, student.shape[-1])
        teacher = teacher.reshape(leading + student.shape)
        columns = dissimilarity(student, teacher, axis=-2).mean(dim=-1)
        return rows + self.batch_weight * columns.reshape(leading + (1,) * positions)
