"""Weights keyed to how well each teacher predicts the label, CE_k = -log p_k(label) in nats."""

from torch import Tensor

from mtkd.functional import cross_entropy, log_probs
from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.checks import check_labels, check_not_negative
from mtkd.weighting.pooling import normalise


class LabelKeyed(TeacherWeighting):
    """A weighting whose evidence is each teacher's cross-entropy with the label, in nats.

    Every position needs a true class: a label below 0 raises.
    """

    needs_labels = True

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        check_labels(type(self).__name__, labels)
        return cross_entropy(log_probs(teacher_logits), labels)


class TeacherCrossEntropy(LabelKeyed):
    """The better a teacher predicts the label, the more it counts: softmax(-sharpness * CE).

    The `ce` metric of NeMo-RL (https://github.com/NVIDIA-NeMo/RL), which scores whole batches
    (`granularity="batch"`) and calls `sharpness` alpha. At 1 and per position, weights are
    proportional to p_k(label).

    Args:
        sharpness: Non-negative: the log-ratio of the weights of two teachers whose
            cross-entropies differ by one nat. 0 is `Uniform`.
        granularity: See `TeacherWeighting`.
    """

    def __init__(self, sharpness: float = 1.0, granularity: str = "position") -> None:
        super().__init__(granularity)
        self.sharpness = check_not_negative("sharpness", sharpness)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return -self.sharpness * pooled

    @property
    def formula(self) -> str:
        return f"w = softmax(-{self.sharpness:g} CE_k)"


class InverseCrossEntropy(LabelKeyed):
    """The worse a teacher predicts the label, the less it counts: (1 - softmax(CE)) / (K - 1).

    CA-MKD (Zhang et al. 2022, https://arxiv.org/abs/2201.00007), per sample; its
    code divides by K once more, here weights sum to 1. No teacher ever gets more than
    1 / (K - 1): with three, the best two share about equally and the worst is silenced.

    Args:
        granularity: See `TeacherWeighting`.
    """

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return (-normalise(pooled, present)).log1p()

    @property
    def formula(self) -> str:
        return "w = (1 - softmax(CE_k)) / (K - 1)"


class MinCrossEntropy(LabelKeyed):
    """All weight on the teacher that predicts the labels best; of equal ones, the first.

    MinCE of FuseLLM (Wan et al. 2024, https://arxiv.org/abs/2401.10491), which
    chooses per sequence. At single positions it hands the label to the student: the sharpest
    teacher that happens to be right wins.

    Args:
        granularity: See `TeacherWeighting`; the paper's is `example`.
    """

    def __init__(self, granularity: str = "example") -> None:
        super().__init__(granularity)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        order = pooled.argsort(dim=0, stable=True)
        # Ranks this far apart give weights of exactly 1 and 0, and where the best teacher is
        # absent at a position of its group, the next best takes over.
        return -1e4 * order.argsort(dim=0).to(pooled.dtype)

    @property
    def formula(self) -> str:
        return "w = 1 for the teacher of smallest CE_k, else 0"


class AverageCrossEntropy(LabelKeyed):
    """Softly in favour of the teachers that predict the labels well: softmax(exp(-CE)).

    AvgCE of FuseLLM (Wan et al. 2024, https://arxiv.org/abs/2401.10491), per
    sequence. The scores lie in (0, 1], so no teacher outweighs another more than e times.

    Args:
        granularity: See `TeacherWeighting`; the paper's is `example`.
    """

    def __init__(self, granularity: str = "example") -> None:
        super().__init__(granularity)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return (-pooled).exp()

    @property
    def formula(self) -> str:
        return "w = softmax(exp(-CE_k))"
