"""Weights that balance the teachers' pulls on the student."""

from torch import Tensor

from mtkd.functional import log_probs
from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.min_norm import min_norm


class GradientMinNorm(TeacherWeighting):
    """The weights whose mixed gradient is shortest: nobody is served at another's expense.

        minimise  || sum_k w_k g_k ||,    sum_k w_k = 1,    0 <= w_k <= cap,
        g_k = T * (softmax(s / T) - softmax(t_k / T)),

    with g_k the gradient of T^2 KL(p_k || q) at the student's logits s, averaged over the
    granularity. AE-KD (Du et al. 2020, https://github.com/AnTuo1998/AE-KD), which solves it as
    a one-class support vector machine over the whole batch, with T = 4 and cap (its C) 0.6.
    It favours teachers near the student: their gradients are short. Where several weights give
    the same shortest gradient, it takes those nearest to uniform.

    Evidence is one number per class: `[teacher, position, classes]` must fit in memory.

    Args:
        cap: In (0, 1], the most weight a teacher may get. 1 / K is `Uniform`; 1 is plain min-norm.
            Below 1 / K no weights could sum to one, so with few teachers present it counts as
            1 / (teachers present).
        temperature: Positive, T above: use the loss's.
        granularity: See `TeacherWeighting`; the paper's is `batch`.

    Raises:
        ValueError: `cap` or `temperature` is out of range; at `prepare`, more than 8 teachers.
    """

    needs_complete = True

    def __init__(
        self, cap: float = 1.0, temperature: float = 1.0, granularity: str = "batch"
    ) -> None:
        super().__init__(granularity)
        if not 0 < cap <= 1:
            raise ValueError(f"cap must lie in (0, 1], got {cap}; 1 / teachers is Uniform")
        if not 0 < temperature < float("inf"):
            raise ValueError(f"temperature must be positive, got {temperature}")
        self.cap = cap
        self.temperature = temperature

    def resolve(self, teachers: tuple[str, ...], width: int | None) -> None:
        if len(teachers) > 8:
            raise ValueError(
                f"GradientMinNorm tries every subset of the teachers and takes at most 8, got "
                f"{len(teachers)}; use fewer teachers or another weighting"
            )

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        student = log_probs(student_logits, self.temperature).exp()
        return self.temperature * (student - log_probs(teacher_logits, self.temperature).exp())

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return min_norm(pooled.transpose(0, 1), present.T, self.cap).T.log()

    @property
    def formula(self) -> str:
        return f"w = argmin ||sum_k w_k g_k||, w_k <= {self.cap:g}, T = {self.temperature:g}"
