"""Families of divergences named by one or two exponents, computed in log space."""

import torch
from torch import Tensor

from mtkd.losses.arguments import CLOSEST, away_from, not_negative, positive
from mtkd.losses.base import Divergence
from mtkd.losses.softened import Softened


def limit(first: Tensor, second: Tensor, exponent: float) -> Tensor:
    """sum (x log(x / y) - x + y) / exponent^2, with x and y the powers of two distributions."""
    powers = (exponent * first).exp()
    terms = powers * (exponent * (first - second) - 1) + (exponent * second).exp()
    return terms.sum(dim=-1) / exponent**2


class AlphaBeta(Divergence):
    """The alpha-beta divergence: two exponents that say which mistakes are expensive.

        (sum a p^s + b q^s - p^alpha q^beta) / (alpha * beta)
        s = alpha + beta, a = alpha / s, b = beta / s

    Wang et al. 2025 (ABKD), https://arxiv.org/abs/2505.04560; Cichocki et al. 2011,
    https://doi.org/10.3390/e13010134. (1, 0) is `ForwardKL`, (0, 1) is `ReverseKL` and (1/2, 1/2)
    is 4 (1 - sum sqrt(p q)). A larger alpha looks more at the classes where p and q differ
    much, a larger beta at those where the student is confident. Where one exponent is 0, this
    is the limit of the formula, which is divided by the *square* of the other; the code of ABKD
    divides by the exponent itself, so there its values jump unless it is 1.

    Args:
        alpha: Exponent of the teacher, 0 or at least 0.01.
        beta: Exponent of the student, 0 or at least 0.01, and not 0 together with alpha.
        temperature: See `Divergence`.

    Raises:
        ValueError: An exponent is negative (a class of probability 0 would cost infinity, so
            alpha + beta = 0 is reached only by both being 0, where all classes count the same
            however improbable they are), or too small to be told from 0 in float32.
    """

    def __init__(self, alpha: float = 0.2, beta: float = 0.7, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        self.alpha = not_negative("alpha", alpha)
        self.beta = not_negative("beta", beta)
        if alpha == 0 and beta == 0:
            raise ValueError(
                "alpha and beta must not both be 0, there every class counts the same; "
                "use LogitMSE for that"
            )
        for name, exponent in (("alpha", alpha), ("beta", beta)):
            if 0 < exponent < CLOSEST:
                raise ValueError(
                    f"{name} must be 0 or at least {CLOSEST:g}, got {exponent}; "
                    "use 0, the exact limit"
                )
        self.expression = f"AB_({alpha:g}, {beta:g})({{p}}, {{q}})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        if self.beta == 0:
            return limit(teacher_log_probs, student_log_probs, self.alpha)
        if self.alpha == 0:
            return limit(student_log_probs, teacher_log_probs, self.beta)
        return self._terms(student_log_probs, teacher_log_probs).sum(dim=-1)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        alpha, beta = self.alpha, self.beta
        ours, theirs = student.log_probs, teacher.log_probs
        gap = theirs - ours
        if alpha == 0:
            slope = (beta * ours).exp_().mul_(gap).neg_()
            return self.divergence(ours, theirs), slope
        # Logarithms of q^s, p^alpha q^beta and p^s: where p = q they are the same number. Close to
        # that this keeps fewer digits than `_terms`, which passes over the classes more often.
        slope = (alpha + beta) * ours
        middle = torch.add(slope, gap, alpha=alpha).exp_()
        slope.exp_().sub_(middle).div_(alpha)
        if beta == 0:
            return self.divergence(ours, theirs), slope
        both = theirs.mul_(alpha + beta).exp_().sub_(middle).div_(beta).add_(slope)
        return both.sum(dim=-1) / (alpha + beta), slope

    def _terms(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        """Each class's part, from (q^s - p^alpha q^beta) / alpha, its slope, and the like of p.

        Each is made as x - y = (x + y) tanh(log(x / y) / 2), so nothing overflows, it is exactly 0
        where p = q, and it keeps its digits near there.
        """
        half = (student_log_probs - teacher_log_probs) / 2
        p, q = (
            [(power * log).exp() for power in (self.alpha, self.beta)]
            for log in (teacher_log_probs, student_log_probs)
        )
        ours = q[1] * (q[0] + p[0]) * (self.alpha * half).tanh() / self.alpha
        theirs = p[0] * (p[1] + q[1]) * (self.beta * half).tanh() / self.beta
        return (ours - theirs) / (self.alpha + self.beta)


class Renyi(Divergence):
    """log(sum p^order q^(1 - order)) / (order - 1), from the teacher to the student.

    Van Erven and Harremoes 2014, https://arxiv.org/abs/1206.2459. The direction is
    that of `ForwardKL`, which is the limit at order 1; below 1, this is also
    order / (1 - order) times the divergence of order 1 - order from student to teacher. Grows
    with `order`: towards 0 it forgives all, towards infinity it is the largest log(p / q).
    Not to be confused with the Renyi *entropy* in `TemperatureMatching`.

    Args:
        order: Positive, at least 0.01 away from 1.
        temperature: See `Divergence`.

    Raises:
        ValueError: `order` is not positive, or is 1 or too near to it for float32.
    """

    def __init__(self, order: float = 0.5, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        positive("order", order)
        self.order = away_from("order", order, 1, "use ForwardKL, the limit at 1")
        self.expression = f"Renyi_{order:g}({{p}} || {{q}})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        mixed = self.order * teacher_log_probs + (1 - self.order) * student_log_probs
        return mixed.logsumexp(dim=-1) / (self.order - 1)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        mixed = teacher.log_probs.mul_(self.order).add_(student.log_probs, alpha=1 - self.order)
        distance = mixed.logsumexp(dim=-1)
        slope = mixed.sub_(distance.unsqueeze(-1)).exp_().neg_()
        return distance / (self.order - 1), slope
