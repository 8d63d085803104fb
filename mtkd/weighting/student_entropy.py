"""The student's uncertainty chooses the size of the teacher."""

from collections.abc import Sequence

from torch import Tensor

from mtkd.functional import logits_entropy
from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.checks import check_names


class StudentEntropy(TeacherWeighting):
    """An unsure student learns from small teachers, a sure one from large ones.

    Dynamic-KD (Li et al. 2021, https://arxiv.org/abs/2109.11295, variants `soft` and
    `soft-instance` of its code) mixes a small and a large teacher,

        u * small + (1 - u) * large,    u = H(q) / ln(classes).

    For n teachers the student stands at (1 - u) * (n - 1) on a ladder whose rungs 0 ... n - 1
    are the teachers from small to large, and the two nearest rungs share the weight linearly:

        w_k = max(0, 1 - |(1 - u) * (n - 1) - k|).

    With two teachers that is the paper's formula, and between any two neighbours it is the
    paper's formula for these two; it sums to one for every n, and each teacher has one u at
    which it teaches alone. (Binomial weights share the first and third property but would keep
    a certain student listening to teachers several rungs below.) The ladder is made of the
    teachers that are present, so leaving one out gives the rule for the others.

    Args:
        order: Every teacher's name, from the smallest capacity to the largest.
        granularity: See `TeacherWeighting`; u is averaged. `position` is the paper's
            `soft-instance`, `batch` its `soft`.

    Raises:
        ValueError: `order` repeats a name or is empty; at `prepare`, it names somebody who does
            not teach, or leaves a teacher out.
    """

    needs_names = True
    needs_teachers = False

    def __init__(self, order: Sequence[str], granularity: str = "position") -> None:
        super().__init__(granularity)
        if not order or isinstance(order, str) or len(set(order)) != len(order):
            raise ValueError(
                f"order must list each teacher once, from small to large, got {order!r}"
            )
        self.order = tuple(order)

    def resolve(self, teachers: tuple[str, ...], width: int | None) -> None:
        check_names("StudentEntropy(order=...)", self.order, teachers)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return logits_entropy(student_logits, normalized=True).unsqueeze(0)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        upward = [self.teachers.index(name) for name in self.order]
        back = [self.order.index(name) for name in self.teachers]
        rung = present[upward].cumsum(0)[back] - 1
        stand = (1 - pooled) * (present.sum(0) - 1)
        return (1 - (stand - rung).abs()).clamp(min=0).log()

    @property
    def formula(self) -> str:
        rungs = " < ".join(self.order)
        return f"w = max(0, 1 - |(1 - u(q)) (K - 1) - k|), u = H / ln C, {rungs}"
