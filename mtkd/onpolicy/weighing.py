"""Weights of the teachers, and what each gives the written token, chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import torch
from torch import Tensor

from mtkd.functional import cross_entropy, log_probs
from mtkd.objective.weighing import evidence_of
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import PartialSignal, Signal


@torch.no_grad()
def weigh(
    student: ModelOutput,
    signals: Sequence[Signal],
    tokens: Tensor,
    examples: Tensor,
    recipe: Recipe,
) -> tuple[Tensor, Tensor]:
    """Weights and log-probabilities of `tokens`, both `[teacher, position]`.

    Args:
        student: `[position, ...]`.
        signals: One for each teacher, over the same positions.
        tokens: `[position]` integers.
        examples: `[position]` integers, the example each position belongs to.
        recipe: Its weighting and chunk count here.
    """
    evidence, log_p = [], []
    for start in range(0, len(tokens), recipe.chunk):
        rows = slice(start, start + recipe.chunk)
        some = [signal.map(itemgetter(rows)).dense() for signal in signals]
        logits = student.map(itemgetter(rows)).dense()
        log_p.append(torch.stack([given(signal, logits, tokens[rows]) for signal in some]))
        hidden = None if student.hidden is None else student.hidden[rows]
        evidence.append(evidence_of(recipe.weighting, logits, some, tokens[rows], hidden))
    present = _present(signals, tokens)
    weights = recipe.weighting.weights(torch.cat(evidence, dim=1), present, examples)
    return weights, torch.cat(log_p, dim=1)


def given(signal: Signal, logits: Tensor, tokens: Tensor) -> Tensor:
    """`[position]` log-probability of each token; a tail is divided as the student divides it.

    So log p - log q of a token in the tail is that of the two tails, and reverse KL from single
    tokens is the one over k + 1 outcomes, which is 0 for a student that the signal agrees with.
    """
    if not isinstance(signal, PartialSignal):
        return signal.label_log_probs(tokens)
    pooled = signal.view(logits, tokens, temperature=1.0)
    ahead = log_probs(pooled.teacher) - log_probs(pooled.student)
    ratio = ahead.gather(-1, pooled.labels.unsqueeze(-1)).squeeze(-1)
    return ratio - cross_entropy(log_probs(logits), tokens)


def _present(signals: Sequence[Signal], tokens: Tensor) -> Tensor:
    """`[teacher, position]` booleans: who speaks where."""
    always = torch.ones_like(tokens, dtype=torch.bool)
    rows = [always if signal.present is None else signal.present for signal in signals]
    return torch.stack([row.to(always.device) for row in rows])
