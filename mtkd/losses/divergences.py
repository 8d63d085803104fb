"""Kullback-Leibler divergences, and distances between probabilities."""

import torch
from torch import Tensor

from mtkd.functional import kl_divergence
from mtkd.losses.base import Divergence
from mtkd.losses.crossings import signed_gap
from mtkd.losses.ranks import sorted_log_probs
from mtkd.losses.softened import Softened


class ForwardKL(Divergence):
    """KL(p || q) = sum p log(p / q): the student must cover what the teacher finds likely.

    Hinton et al. 2015, section 2, https://arxiv.org/abs/1503.02531. The gradient with respect
    to the student's logits is `temperature * (q - p)`. In PyTorch this is
    `F.kl_div(log q, p, reduction="none").sum(-1)`: its first argument is the student, and its
    `reduction="mean"` also divides by the classes.
    """

    expression = "KL({p} || {q})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        return kl_divergence(teacher_log_probs, student_log_probs)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        p = teacher.probs
        gap = teacher.log_probs.sub_(student.log_probs)
        return gap.mul_(p).sum(dim=-1), p.neg_()


class ReverseKL(Divergence):
    """KL(q || p) = sum q log(q / p): the student must stay where the teacher is likely.

    Gu et al. 2024 (MiniLLM), https://arxiv.org/abs/2306.08543; here per position with the full
    sum over classes, not per sequence with samples. `ref_pos_kl` in the code of DistiLLM-2 is
    this with the opposite sign, and some code calls it forward; the formula decides.
    """

    expression = "KL({q} || {p})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        return kl_divergence(student_log_probs, teacher_log_probs)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        gap = torch.sub(student.log_probs, teacher.log_probs, out=teacher.log_probs)
        terms = gap.mul_(student.probs)
        return terms.sum(dim=-1), terms.add_(student.probs)


class Jeffreys(Divergence):
    """(KL(p || q) + KL(q || p)) / 2: covers the teacher and stays near it.

    Half of what Jeffreys 1946 (https://doi.org/10.1098/rspa.1946.0056) and some papers call J,
    the sum, so that it has the scale of one KL. Symmetric.
    """

    expression = "(KL({p} || {q}) + KL({q} || {p})) / 2"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        gap = teacher_log_probs.exp() - student_log_probs.exp()
        return (gap * (teacher_log_probs - student_log_probs)).sum(dim=-1) / 2

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        difference = torch.sub(student.probs, teacher.probs, out=teacher.probs)
        gap = torch.sub(student.log_probs, teacher.log_probs, out=teacher.log_probs)
        slope = torch.addcmul(difference, student.probs, gap).div_(2)
        return gap.mul_(difference).sum(dim=-1) / 2, slope


class TotalVariation(Divergence):
    """sum |p - q| / 2, in [0, 1]: the mass that would have to move; dimensionless.

    Wen et al. 2023 (f-distill), https://arxiv.org/abs/2307.15190. Some papers leave
    out the half. Symmetric. Where p = q its gradient is taken to be 0.
    """

    disjoint = True

    expression = "TV({p}, {q})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        return (teacher_log_probs.exp() - student_log_probs.exp()).abs().sum(dim=-1) / 2

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        gap = torch.sub(student.probs, teacher.probs, out=teacher.probs)
        size = torch.abs(gap, out=teacher.log_probs)
        return size.sum(dim=-1) / 2, gap.sign_().mul_(student.probs).div_(2)


class SortedL1(Divergence):
    """sum |sorted p - sorted q|, in [0, 2]: compares the shapes and ignores which class is which.

    Boizard et al. 2025 (ULD), https://arxiv.org/abs/2402.12030, made for teachers with
    another vocabulary: the paper's padding with probability 0 is here a class whose logit is
    `mtkd.functional.IMPOSSIBLE`. Zero also where q is any permutation of p, so labels must
    say which class is which. Dimensionless; equal probabilities are ranked by class index.

    `coarse` is False: the pooled rest of a partial signal would be ranked as one class. So a
    teacher with another tokenizer is aligned with `rest="sorted"`.
    """

    coarse = False
    disjoint = True
    expression = "|sort {p} - sort {q}|_1"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        teacher = sorted_log_probs(teacher_log_probs)
        student = sorted_log_probs(student_log_probs)
        return (teacher.exp() - student.exp()).abs().sum(dim=-1)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        value, sign = signed_gap(student, teacher)
        return value, student.probs * sign
