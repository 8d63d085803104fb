"""Weights keyed to how sure each teacher is of itself; no labels, no student."""

from torch import Tensor

from mtkd.functional import log_probs, logits_entropy
from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.checks import check_not_negative


class TeacherEntropy(TeacherWeighting):
    """The surer a teacher, the more it counts, right or wrong.

        ebkd:     w_k = (1 - H_k / sum_j H_j) / (K - 1)
        softmax:  w   = softmax(-sharpness * H)

    with H_k the entropy of teacher k in nats; K and the sum run over the teachers present.
    `ebkd` is entropy-based KD as coded for the comparison in CA-MKD (Zhang et al. 2022,
    https://github.com/Rorozhl/CA-MKD), whose weights sum to K - 1 and are divided by K, not by
    K - 1, afterwards; here they sum to 1. `softmax` is the `entropy` metric of NeMo-RL
    (https://github.com/NVIDIA-NeMo/RL), which scores whole batches: `granularity="batch"`.

    Both trust a loud wrong teacher: see `InverseCrossEntropy` for weights that look at labels.

    Args:
        form: `ebkd` or `softmax`.
        sharpness: Only for `softmax`, non-negative: the log-ratio of the weights of two teachers
            whose entropies differ by one nat (NeMo-RL calls it alpha). 0 is `Uniform`.
        granularity: See `TeacherWeighting`; entropies are averaged, then compared.

    Raises:
        ValueError: `form` is unknown, `sharpness` is negative, or it is given for `ebkd`.
    """

    def __init__(
        self, form: str = "ebkd", sharpness: float = 1.0, granularity: str = "position"
    ) -> None:
        super().__init__(granularity)
        if form not in ("ebkd", "softmax"):
            raise ValueError(f"form must be 'ebkd' or 'softmax', got {form!r}")
        if form == "ebkd" and sharpness != 1:
            raise ValueError(f"ebkd has no sharpness, got {sharpness}; use form='softmax'")
        self.form = form
        self.sharpness = check_not_negative("sharpness", sharpness)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return logits_entropy(teacher_logits)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        if self.form == "softmax":
            return -self.sharpness * pooled
        total = pooled.sum(0)
        # All entropies 0: nobody is surer than anybody, so any equal share says "uniform".
        share = (pooled / total).where(total > 0, 1 / (1 + len(present)))
        return (-share).log1p()

    @property
    def formula(self) -> str:
        if self.form == "ebkd":
            return "w = (1 - H(p_k) / sum_j H(p_j)) / (K - 1)"
        return f"w = softmax(-{self.sharpness:g} H(p_k))"


class TeacherMaxProbability(TeacherWeighting):
    """The higher a teacher's largest probability, the more it counts: softmax(sharpness * max p).

    The `max_prob` metric of NeMo-RL (https://github.com/NVIDIA-NeMo/RL), which scores whole
    batches (`granularity="batch"`) and calls `sharpness` alpha.

    Args:
        sharpness: Non-negative: the log-ratio of the weights of two teachers whose largest
            probabilities differ by 1, so an upper bound of every log-ratio. 0 is `Uniform`.
        granularity: See `TeacherWeighting`.
    """

    def __init__(self, sharpness: float = 1.0, granularity: str = "position") -> None:
        super().__init__(granularity)
        self.sharpness = check_not_negative("sharpness", sharpness)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return log_probs(teacher_logits).amax(-1).exp()

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return self.sharpness * pooled

    @property
    def formula(self) -> str:
        return f"w = softmax({self.sharpness:g} max p_k)"
