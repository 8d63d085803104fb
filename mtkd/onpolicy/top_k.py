"""Reverse KL on the teacher's likeliest tokens, both sides renormalised there."""

from torch import Tensor

from mtkd.functional import kl_divergence, log_probs
from mtkd.losses import DistillationLoss


class TeacherTopK(DistillationLoss):
    """KL(q' || p') with p', q' cut to the teacher's k likeliest classes and renormalised.

    Fu et al. 2026, https://arxiv.org/abs/2603.25562 ("local support matching", `Teacher-TopK` in
    their code with `norm_to_one_for_kl`): sampled-token distillation rests on one token, and this
    compares what the teacher finds plausible. They draw with top-p 0.9 and may leave out special
    tokens: `OnPolicy(top_p=0.9, masked_tokens=...)`. Not from them: several teachers, each with
    its own k classes. Their option to train on the tokens of highest entropy only is left out.

    This is not the k + 1 outcomes that a partial signal is compared on. There the mass of all
    other classes is one more outcome and nothing is renormalised, so a student that leaves the
    teacher's k classes pays. Here it pays nothing: multiplying q of all other classes by any
    number changes neither value nor gradient, and the loss is 0 where only the k classes have the
    same proportions. It holds the student where its own text already has the k classes likely,
    and is unsafe alone on text that it did not write. `coarse` is False for that reason.

    Args:
        k: Classes kept, at least 2; all of them if there are fewer.

    Raises:
        ValueError: `k` is less than 2, where both sides are always 1.
    """

    expression = "KL({q}' || {p}') on top-k of {p}"

    def __init__(self, k: int = 32) -> None:
        super().__init__()
        if k < 2:
            raise ValueError(f"k must be at least 2, got {k}: one class renormalised is always 1")
        self.k = k

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        kept = teacher_logits.topk(min(self.k, teacher_logits.shape[-1]), dim=-1)
        student = student_logits.expand_as(teacher_logits).gather(-1, kept.indices)
        return kl_divergence(log_probs(student), log_probs(kept.values))

    @property
    def formula(self) -> str:
        return f"KL(q' || p') on the {self.k} likeliest of p, both renormalised"
