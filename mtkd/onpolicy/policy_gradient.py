"""Reverse KL from the written token alone, by the policy gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mtkd.functional import cross_entropy, log_probs
from mtkd.objective import Objective
from mtkd.objective.mixing import log_weights
from mtkd.onpolicy.weighing import weigh
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import Signal


@dataclass(frozen=True)
class PolicyGradient:
    """-r_t A_t log q(y_t), A_t = sum_k w_k log p_k(y_t) - log q(y_t); r_t and A_t are constants.

    y_t is the token that the student wrote, r_t = q(y_t) / m(y_t) how much likelier the student
    finds it now than when it was drawn. Averaged over y_t ~ m this is exactly the gradient of
    KL(q || p) of that position, over k + 1 outcomes for a partial signal: unbiased, with the
    variance of one token, where m gives mass to every token (top_p 1) and neither gate nor clip
    acts. What an early token does to later positions is not in it, as in all token-level forms;
    that is what MiniLLM adds.

    MOPD in MiMo-V2-Flash, https://arxiv.org/abs/2601.02780: one routed teacher, r_t set to 0
    outside of the gate, no clip. The clip at 5 is that of https://arxiv.org/abs/2606.30406. Not
    from there: several teachers in one advantage, by any weighting; `aggregation: probabilities`
    takes log sum_k w_k p_k(y_t) instead. The outcome reward that MOPD may add is left out.

    The value is r_t (log q(y_t) - sum_k w_k log p_k(y_t)), before the clip: an unbiased estimate
    of the divergence, in nats, that may be negative.

    Args:
        clip: Largest magnitude of A_t, positive; None: none. A clipped gradient is biased.
        lowest_ratio: r_t below this counts 0 (eps_low); at least 0.
        highest_ratio: r_t above this counts 0 (eps_high). With text that was just written at
            temperature 1 and top_p 1 every r_t is 1 and the gate does nothing. A cut by top_p
            makes r_t at most 1: the kept mass.

    Raises:
        ValueError: A number is out of range.
    """

    clip: float | None = 5.0
    lowest_ratio: float = 0.5
    highest_ratio: float = 2.0

    def __post_init__(self) -> None:
        if self.clip is not None and not 0 < self.clip < math.inf:
            raise ValueError(f"clip must be positive, or null for none, got {self.clip}")
        if not 0 <= self.lowest_ratio < 1 < self.highest_ratio:
            raise ValueError(
                "the gate must hold the ratio 1: lowest_ratio in [0, 1) and highest_ratio above "
                f"1, got {self.lowest_ratio} and {self.highest_ratio}"
            )

    @property
    def formula(self) -> str:
        """Short text for the printed objective."""
        clipped = "" if self.clip is None else f" within ±{self.clip:g}"
        gate = f"[{self.lowest_ratio:g}, {self.highest_ratio:g}]"
        return f"-r A log q(y), A = sum_k w_k log p_k(y) - log q(y){clipped}, r = q/m in {gate}"

    def objective(
        self,
        student: ModelOutput,
        signals: Sequence[Signal],
        written: Tensor,
        drawn: Tensor,
        examples: Tensor,
        recipe: Recipe,
    ) -> Objective:
        """The sum over positions, as `mtkd.objective.distillation_objective` gives it.

        Args:
            student: `[position, ...]`, only the counted positions.
            signals: One for each teacher, over the same positions.
            written: `[position]` the token written there.
            drawn: `[position]` its log-probability when it was drawn.
            examples: `[position]` the example each position belongs to.
            recipe: Its weighting, aggregation and chunk count here; its loss, `ReverseKL`, says
                what signals may be.

        Raises:
            ValueError: The recipe does not fit the signals.
        """
        recipe.check(signals, student.classes)
        log_q = label_log_probs(student, written, recipe.chunk)
        weights, log_p = weigh(student, signals, written, examples, recipe)
        now = log_q.detach()
        advantage = combined(weights, log_p, recipe.aggregation) - now
        spoken = weights.sum(dim=0) > 0
        ratio = self._gated((now - drawn).exp()).where(spoken, 0)
        estimate = (ratio * -advantage.where(spoken, 0)).sum()
        clipped = advantage if self.clip is None else advantage.clamp(-self.clip, self.clip)
        surrogate = (-(ratio * clipped.where(spoken, 0)) * log_q).sum()
        zero = estimate.new_zeros(())
        return Objective(
            loss=estimate + surrogate - surrogate.detach(),
            own=zero,
            count=len(written),
            hard=zero,
            soft=estimate,
            described={"weight": weights.sum(dim=1)},
        )

    def _gated(self, ratio: Tensor) -> Tensor:
        inside = (ratio >= self.lowest_ratio) & (ratio <= self.highest_ratio)
        return ratio.where(inside, 0)


def combined(weights: Tensor, log_p: Tensor, aggregation: str) -> Tensor:
    """`[position]` log-probability that the teachers, `[teacher, position]` each, give together."""
    if aggregation == "distances":
        return (weights * log_p).sum(dim=0)
    return (log_weights(weights) + log_p).logsumexp(dim=0)


def label_log_probs(student: ModelOutput, labels: Tensor, chunk: int) -> Tensor:
    """`[position]` log q(label) with gradient, one chunk of logits at a time.

    A chunk's logits are made again in the backward pass, so that never more of them exist.
    """

    def of(rows: slice) -> Tensor:
        some = student.map(itemgetter(rows))
        return -cross_entropy(log_probs(some.dense()), labels[rows])

    starts = range(0, len(labels), chunk)
    parts = [
        checkpoint(of, slice(start, start + chunk), use_reentrant=False, preserve_rng_state=False)
        for start in starts
    ]
    return torch.cat(parts) if parts else log_probs(student.body).flatten()[:0]
