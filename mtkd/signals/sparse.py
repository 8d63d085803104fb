"""A few classes of a teacher in place of all of them: the likeliest ones, or drawn ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from operator import itemgetter

import torch
from torch import Tensor

from mtkd.functional import IMPOSSIBLE, log_probs
from mtkd.outputs import ModelOutput
from mtkd.signals.partial import PartialSignal, top_k

POSITIONS = 256
"""Positions whose logits are in memory at one time."""


@dataclass(frozen=True)
class Sparse:
    """What is recorded of a teacher that speaks about every class.

    Args:
        top_k: The likeliest classes, and the mass of the rest as one outcome; see `top_k`.
        draws: Or classes drawn from the teacher; see `drawn`.
        temperature: Divides the logits before; a loss that learns from it must have the same.

    Raises:
        ValueError: Neither or both are given, or one is not positive.
    """

    top_k: int | None = None
    draws: int | None = None
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if (self.top_k is None) == (self.draws is None):
            raise ValueError("give either top_k (the likeliest classes) or draws (drawn ones)")
        for name, value in vars(self).items():
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive, got {value:g}")

    def of(self, said: ModelOutput, seeds: Iterable[str]) -> PartialSignal:
        """The signal of an output; its logits are made a few positions at a time.

        Args:
            said: `[row, ..., classes]`.
            seeds: One text for each row; what is drawn depends on nothing else.

        Raises:
            ValueError: As many classes are wanted as there are, or more.
        """
        parts = []
        for number, seed in enumerate(seeds):
            rng = torch.Generator(said.body.device)
            rng.manual_seed(int.from_bytes(sha256(seed.encode()).digest()[:7]))
            row = said.map(itemgetter(slice(number, number + 1)))
            row = row.map(lambda values: values.flatten(0, -2))
            for begin in range(0, len(row.body), POSITIONS):
                here = slice(begin, begin + POSITIONS)
                parts.append(self._few(row.map(itemgetter(here)).dense().float(), rng))
        flat = replace(
            parts[0],
            kept=torch.cat([part.kept for part in parts]),
            log_probs=torch.cat([part.log_probs for part in parts]),
            log_tail=torch.cat([part.log_tail for part in parts]),
        )
        return flat.map(lambda values: values.unflatten(0, said.shape))

    def _few(self, logits: Tensor, rng: torch.Generator) -> PartialSignal:
        if self.top_k is not None:
            return top_k(logits, self.top_k, self.temperature)
        assert self.draws is not None
        return drawn(logits, self.draws, self.temperature, rng)


def drawn(
    logits: Tensor, draws: int, temperature: float = 1.0, rng: torch.Generator | None = None
) -> PartialSignal:
    """`draws` classes drawn from `softmax(logits / temperature)`, each with its share of the draws.

    On average over the draws that is the teacher, so the gradient of the forward KL is unbiased,
    which that of the likeliest classes, renormalised, is not. All other classes have mass 0, and
    the value is too large: by the entropy that the shares lack. Random Sampling KD, Anshumann
    et al. 2025, https://arxiv.org/abs/2503.16870, with the teacher itself as the proposal.

    Args:
        logits: `[..., classes]`.
        draws: With replacement. So many classes are kept; one that is drawn twice leaves room
            for one of mass 0.
        temperature: Divides the logits.
        rng: Draws; None: torch's own.

    Raises:
        ValueError: `draws` is not within 1 … classes - 1.
    """
    classes = logits.shape[-1]
    if not 1 <= draws < classes:
        raise ValueError(f"draws must be within 1 and {classes - 1} (classes - 1), got {draws}")
    p = log_probs(logits, temperature).exp().flatten(0, -2)
    found = torch.multinomial(p, draws, replacement=True, generator=rng).sort(dim=-1).values
    again = torch.zeros_like(found, dtype=torch.bool)
    again[:, 1:] = found[:, 1:] == found[:, :-1]
    counts = torch.searchsorted(found, found, right=True) - torch.searchsorted(found, found)
    # Classes that were not drawn, as many as there are places left.
    others = torch.arange(min(classes, 2 * draws), device=found.device).repeat(len(found), 1)
    nearest = torch.searchsorted(found, others).clamp(max=draws - 1)
    free = found.gather(-1, nearest) != others
    unused = others[free & (free.cumsum(-1) <= again.sum(-1, keepdim=True))]
    kept = found.masked_scatter(again, unused)
    values = (counts / draws).log().masked_fill(again, IMPOSSIBLE)
    shape = logits.shape[:-1]
    return PartialSignal(
        kept.view(*shape, draws),
        values.view(*shape, draws),
        torch.full(shape, IMPOSSIBLE, device=logits.device),
        classes,
        temperature,
        drawn=True,
    )
