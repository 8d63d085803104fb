"""One teacher made of all, for aggregations that weigh what teachers say."""

from __future__ import annotations

from torch import Tensor

from mtkd.functional import log_probs


def mixed_teacher(
    weights: Tensor, teachers: Tensor, aggregation: str, temperature: float
) -> Tensor:
    """Logits `[position, classes]` of the teachers' mixture; arbitrary where all weights are 0.

    Args:
        weights: `[teacher, position]`.
        teachers: `[teacher, position, classes]` logits.
        aggregation: `logits` or `probabilities`, see `mtkd.recipe.AGGREGATIONS`.
        temperature: Probabilities are mixed after softening by it; the logits returned give the
            mixture when they are softened by it again.
    """
    if aggregation == "logits":
        return (weights.unsqueeze(-1) * teachers).sum(dim=0)
    shares = log_weights(weights).unsqueeze(-1) + log_probs(teachers, temperature)
    mixed = shares.logsumexp(dim=0)
    return mixed if temperature == 1 else temperature * mixed


def log_weights(weights: Tensor) -> Tensor:
    """Their logarithms, -inf for absent teachers; 0 where all are, so that nothing is infinite."""
    return weights.log().masked_fill(weights.sum(dim=0) == 0, 0.0)
