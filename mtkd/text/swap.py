"""Wrong text on purpose: a language model's confident mistake whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL


@dataclass(frozen=True)
class SwapTokens:
    """Pairs of common tokens that trade places: a teacher trained on it says one for the other.

    Attributes:
        pairs: How many pairs.
        skip: How many of the most frequent tokens (spaces, newlines) are left alone.
        seed: Which of the next `4 * pairs` tokens are paired, and how.
        inputs: Whether tokens that are read are swapped as well as those that are predicted.
            Without it the text before is as everywhere, so nothing tells a reader of the swap.

    Raises:
        ValueError: No pairs; when called, that the examples hold too few kinds of tokens.
    """

    pairs: int = 32
    skip: int = 16
    seed: int = 0
    inputs: bool = False

    def __post_init__(self) -> None:
        if self.pairs < 1 or self.skip < 0:
            raise ValueError(
                f"pairs must be at least 1 and skip at least 0, got {self.pairs} and {self.skip}"
            )

    def exchange(self, examples: Examples) -> Tensor:
        """`[classes]`: what each token becomes; a token that is not swapped becomes itself."""
        counts = torch.bincount(examples.inputs.flatten(), minlength=examples.classes)
        ranked = counts.argsort(descending=True, stable=True)[: int((counts > 0).sum())]
        pool = ranked[self.skip : self.skip + 4 * self.pairs]
        if len(pool) < 2 * self.pairs:
            raise ValueError(
                f"{self} needs {2 * self.pairs} tokens behind the {self.skip} most frequent, "
                f"{examples.name} has {len(pool)}; lower pairs or skip"
            )
        drawn = np.random.default_rng([self.seed, 30]).permutation(len(pool))[: 2 * self.pairs]
        left, right = pool[torch.from_numpy(drawn)].reshape(2, self.pairs)
        becomes = torch.arange(examples.classes)
        becomes[left], becomes[right] = right, left
        return becomes

    def __call__(self, examples: Examples) -> Examples:
        """The same rows with tokens swapped."""
        becomes = self.exchange(examples)
        known = examples.labels != NO_LABEL
        labels = torch.where(known, becomes[examples.labels.clamp(min=0)], NO_LABEL)
        if not self.inputs:
            return replace(examples, labels=labels)
        return replace(examples, labels=labels, inputs=becomes[examples.inputs])
