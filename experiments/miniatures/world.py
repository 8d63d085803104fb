"""A world in which the truth is known: three classes of normal points, softmax(W x)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FEATURES, CLASSES, SCALE = 8, 3, 0.8
ITEMS, BATCH = 20_000, 256


@dataclass(frozen=True)
class World:
    """One truth for each seed, with what was drawn from it.

    Attributes:
        truth: `[seed, classes, features]`, W.
        inputs, labels: `[2, seed, item, ...]`, training items first, then test items.
    """

    truth: Tensor
    inputs: Tensor
    labels: Tensor

    @classmethod
    def drawn(cls, seeds: int, items: int = ITEMS) -> World:
        """Seed i depends on i alone."""
        parts = [_drawn(seed, items) for seed in range(seeds)]
        truth, inputs, labels = (torch.stack(column) for column in zip(*parts, strict=True))
        return cls(truth, inputs.transpose(0, 1), labels.transpose(0, 1))


def _drawn(seed: int, items: int) -> tuple[Tensor, Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    truth = SCALE * torch.randn(CLASSES, FEATURES, generator=rng)
    inputs = torch.randn(2, items, FEATURES, generator=rng)
    chances = (inputs @ truth.T).softmax(dim=-1).flatten(0, 1)
    labels = torch.multinomial(chances, 1, generator=rng).view(2, items)
    return truth, inputs, labels


class Shuffled:
    """Training items in an order that is new in each epoch, a batch of each seed at a time."""

    def __init__(self, world: World) -> None:
        self.rng = torch.Generator().manual_seed(0)
        inputs, labels = world.inputs[0], world.labels[0]
        self.columns = [inputs, inputs @ world.truth.mT, labels]

    def batch(self, step: int) -> list[Tensor]:
        """Inputs, W x and labels, `[seed, BATCH, ...]` each."""
        items = self.columns[2].shape[1]
        start = step * BATCH % (items - items % BATCH)
        if start == 0:
            order = torch.randperm(items, generator=self.rng)
            self.columns = [column[:, order] for column in self.columns]
        return [column[:, start : start + BATCH] for column in self.columns]
