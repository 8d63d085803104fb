"""Losses that do not soften both sides alike."""

from torch import Tensor

from mtkd.functional import kl_divergence, log_probs, widen
from mtkd.losses.arguments import positive
from mtkd.losses.base import DistillationLoss


class TemperatureMatching(DistillationLoss):
    """KL(p_T || q): the student, unsoftened, matches the softened teacher.

    Zheng and Yang 2024 (TTM), section 3, https://arxiv.org/abs/2402.11148. The student that is
    trained is the one that is used, and it is smoother than with temperature on both sides:

        KL(p_T || q) = T KL(p_T || q_T) - (T - 1) H_{1/T}(q) + (T - 1) H(p_T)

    with H_{1/T} the Renyi entropy of order 1/T. There is no factor T^2: the gradient, q - p_T,
    does not shrink with T. Beware when comparing with `ForwardKL`, whose gradient is
    `temperature` times a gap. The paper's weight beta is the objective's share of labels.
    Zero where q = p_T, not where q = p.

    `coarse` is False: a partial signal would be pooled at one temperature for both sides.

    Args:
        temperature: Positive; of the teacher alone.

    Raises:
        ValueError: `temperature` is not positive or not finite.
    """

    expression = "KL({p} || q)"

    def __init__(self, temperature: float = 4.0) -> None:
        super().__init__()
        self.temperature = positive("temperature", temperature)

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        return kl_divergence(log_probs(teacher_logits, self.temperature), log_probs(student_logits))


class LogitMSE(DistillationLoss):
    """Mean over the classes of the squared difference of logits, each side centred.

    Kim et al. 2021, https://arxiv.org/abs/2105.08919, without centring. A constant added to all
    logits changes no probability, so here it costs nothing either: with both sides centred,
    this is the variance of the difference (ddof = 0), and twice the limit of `ForwardKL` as its
    temperature goes to infinity. Not in nats but in squared logits; not bounded. Every class
    counts the same however improbable, so do not use it where a side marks classes
    as impossible.

    `coarse` is False: logits cannot be pooled.
    """

    expression = "mean (teacher logit - student logit)^2, centred"

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        return (widen(student_logits) - widen(teacher_logits)).var(dim=-1, correction=0)
