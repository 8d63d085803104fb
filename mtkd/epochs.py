"""The batches of training, in an order that depends on a seed and on the epoch only."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.distributed as dist

from mtkd.data import Batch, Examples
from mtkd.onpolicy import Turns


class EpochBatches:
    """The batches of one epoch after the other; their order depends on seed and epoch only.

    The student and its control see the same batches in the same order because nothing else,
    not even the initialisation, draws from this generator. With several processes each one gets
    its part of every batch; one that would get no row gets the first, of which nothing counts.

    Args:
        examples: Training items.
        size: Items in a batch; the last one of an epoch may be shorter.
        seed: Seed of the order.
        turns: Replaces some of the batches by prompts that the student continues; None: none.
    """

    def __init__(
        self, examples: Examples, size: int, seed: int, turns: Turns | None = None
    ) -> None:
        self.examples, self.size, self.seed, self.epoch = examples, size, seed, 0
        self.turns = turns

    def __len__(self) -> int:
        return -(-len(self.examples) // self.size)

    def __iter__(self) -> Iterator[Batch]:
        self.epoch += 1
        batches = self.examples.batches(self.size, self.seed, self.epoch - 1)
        if self.turns is not None:
            batches = self.turns.mixed(batches)
        if not (dist.is_available() and dist.is_initialized()):
            return batches
        return (_part(batch, dist.get_rank(), dist.get_world_size()) for batch in batches)


def _part(batch: Batch, rank: int, processes: int) -> Batch:
    """One process's rows of a batch; of prompts, which any process may lack, there may be none."""
    if rank < len(batch["inputs"]) or "mask" not in batch:
        return {name: rows[rank::processes] for name, rows in batch.items()}
    first = {name: rows[:1] for name, rows in batch.items()}
    return first | {"mask": torch.zeros_like(first["mask"])}
