"""Weights that look at nothing."""

from collections.abc import Mapping

from torch import Tensor

from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.checks import check_names, check_not_negative


class Uniform(TeacherWeighting):
    """Every present teacher counts the same: 1 / K. The baseline of every comparison."""

    needs_teachers = False

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return teacher_logits.new_zeros(teacher_logits.shape[:-1])

    @property
    def formula(self) -> str:
        return "w = 1 / K"


class Fixed(TeacherWeighting):
    """Weights chosen by hand; over present teachers they are divided by their sum.

    Args:
        weights: A non-negative number for each teacher's name; only ratios matter. 0 silences a
            teacher as long as another one is present.
        granularity: See `TeacherWeighting`; makes no difference here.

    Raises:
        ValueError: A number is negative or not finite, or all are 0; at `prepare`, a name is
            not a teacher's or a teacher has no number.
    """

    needs_names = True
    needs_teachers = False

    def __init__(self, weights: Mapping[str, float], granularity: str = "position") -> None:
        super().__init__(granularity)
        self.by_name = {
            name: check_not_negative(f"weights[{name!r}]", weight)
            for name, weight in weights.items()
        }
        if not any(self.by_name.values()):
            raise ValueError(f"weights must hold at least one positive number, got {self.by_name}")

    def resolve(self, teachers: tuple[str, ...], width: int | None) -> None:
        check_names("Fixed(weights=...)", self.by_name, teachers)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return teacher_logits.new_zeros(teacher_logits.shape[:-1])

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        by_teacher = pooled.new_tensor([self.by_name[name] for name in self.teachers])
        return by_teacher.log()[:, None].expand(-1, pooled.shape[1])

    @property
    def formula(self) -> str:
        total = sum(self.by_name.values())
        shares = (f"{name}: {weight / total:.4g}" for name, weight in self.by_name.items())
        return f"w = {{{', '.join(shares)}}}"
