"""Forward and reverse KL, mixed as the student's present error tells.

The mixing weights are detached, as in both papers: they say where to push, they are not
themselves pushed. So the gradient is not that of the printed value.
"""

import torch
from torch import Tensor

from mtkd.functional import kl_divergence
from mtkd.losses.arguments import inside, not_negative
from mtkd.losses.base import Divergence
from mtkd.losses.ranks import head
from mtkd.losses.softened import Softened


@torch.no_grad()
def head_share(gap: Tensor, teacher_log_probs: Tensor, head_mass: float) -> Tensor:
    """Which part of the sum of |gap| lies on the teacher's head, `[...]`; 0 where all are 0.

    The head is the teacher's likeliest class and those after it while their mass together is
    at most `head_mass`; equally likely classes are ranked by index. `gap` is overwritten.
    """
    size = gap.abs_()
    total = size.sum(dim=-1)
    return size.mul_(head(teacher_log_probs, head_mass)).sum(dim=-1) / total.where(total > 0, 1)


class AdaptiveKL(Divergence):
    """Forward KL as far as the error is in the teacher's head, reverse KL as far as in its tail.

        w = part of sum |p - q| in the head, detached
        w * KL(p || q) + (1 - w) * KL(q || p)

    Wu et al. 2025 (AKL), https://arxiv.org/abs/2404.02657, where `head_mass` is called mu. Their
    code is 0/0 where student and teacher agree; here the value and the gradient are 0 there.
    One port sorts the teacher's classes upwards and so takes the tail for the head.

    `coarse` is False: the pooled rest of a partial signal would be ranked as one class.

    Args:
        head_mass: Teacher probability the head may hold, strictly between 0 and 1. The
            likeliest class belongs to the head even if it holds more.
        temperature: See `Divergence`.

    Raises:
        ValueError: `head_mass` is outside (0, 1).
    """

    coarse = False

    def __init__(self, head_mass: float = 0.5, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        advice = "use ForwardKL if all classes are head and ReverseKL if none is"
        self.head_mass = inside("head_mass", head_mass, advice)
        self.expression = f"AKL({{p}}, {{q}}; head mass {head_mass:g})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        gap = (teacher_log_probs.exp() - student_log_probs.exp()).detach()
        weight = head_share(gap, teacher_log_probs, self.head_mass)
        forward = kl_divergence(teacher_log_probs, student_log_probs)
        reverse = kl_divergence(student_log_probs, teacher_log_probs)
        return weight * forward + (1 - weight) * reverse

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        p, q = teacher.probs, student.probs
        weight = head_share(p - q, teacher.log_probs, self.head_mass)
        gap = teacher.log_probs.sub_(student.log_probs)
        forward, reverse = (gap * p).sum(dim=-1), gap.mul_(q)
        distance = weight * forward - (1 - weight) * reverse.sum(dim=-1)
        return distance, torch.sub(q, reverse, out=reverse).lerp_(p.neg_(), weight.unsqueeze(-1))


class TokenwiseKL(Divergence):
    """Forward KL on classes the student gives too little, reverse KL where it gives too much.

        w = sigmoid(steepness * log(p / q)), class by class, detached
        sum w p log(p / q) + (1 - w) q log(q / p)

    Jung et al. 2025 (ToDi), https://arxiv.org/abs/2505.16297, where `steepness` is called beta.
    At steepness 1 the *value* is KL(p || q) + KL(q || p), twice `Jeffreys`, for every p and q,
    while the gradient is another one because w is detached: curves of the two losses cannot
    tell them apart, the trained students can. At steepness 0 both are those of `Jeffreys`.

    Args:
        steepness: Not negative, dimensionless: how fast w goes from 0 to 1 as log(p / q) grows.
        temperature: See `Divergence`.

    Raises:
        ValueError: `steepness` is negative or not finite.
    """

    def __init__(self, steepness: float = 1.0, temperature: float = 1.0) -> None:
        super().__init__(temperature)
        self.steepness = not_negative("steepness", steepness)
        self.expression = f"ToDi({{p}}, {{q}}; steepness {steepness:g})"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        gap = teacher_log_probs - student_log_probs
        weight = (self.steepness * gap.detach()).sigmoid()
        forward = weight * teacher_log_probs.exp()
        reverse = (1 - weight) * student_log_probs.exp()
        return ((forward - reverse) * gap).sum(dim=-1)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        push = teacher.probs
        gap = teacher.log_probs.sub_(student.log_probs)
        weight = (self.steepness * gap).sigmoid_()
        push.mul_(weight)
        back = weight.neg_().add_(1).mul_(student.probs)
        push.sub_(back)
        slope = back.mul_(gap).add_(push).neg_()
        return gap.mul_(push).sum(dim=-1), slope
