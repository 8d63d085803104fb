"""The batches of training, in an order that depends on a seed and on the epoch only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

import torch
import torch.distributed as dist

from mtkd.data import Batch, Examples
from mtkd.onpolicy import Turns


class EpochBatches:
    """The batches of one epoch after the other; their order depends on seed and epoch only.

    The student and its control see the same batches in the same order because nothing else,
    not even the initialisation, draws from this generator. With several processes each one gets
    its part of every batch; one that would get no row gets the first, of which nothing counts.
    Lightning's checkpoints keep where training is, so that it goes on there, within an epoch too.

    Args:
        examples: Training items.
        size: Items in a batch; the last one of an epoch may be shorter.
        seed: Seed of the order.
        turns: Replaces some of the batches by prompts that the student continues; None: none.
    """

    def __init__(
        self, examples: Examples, size: int, seed: int, turns: Turns | None = None
    ) -> None:
        self.examples, self.size, self.seed, self.turns = examples, size, seed, turns
        self.epoch = self.given = 0  # epochs begun, and batches given of the last one
        self.resumes = False

    def __len__(self) -> int:
        return -(-len(self.examples) // self.size)

    def __iter__(self) -> Iterator[Batch]:
        # Nothing happens before the first batch: Lightning makes iterators that it never uses.
        if not self.resumes or self.given == len(self):
            self.epoch, self.given = self.epoch + 1, 0
        self.resumes = False
        batches = self.examples.batches(self.size, self.seed, self.epoch)  # from 1 on
        batches = islice(batches, self.given, None)
        if self.turns is not None:
            batches = self.turns.mixed(batches)
        several = dist.is_available() and dist.is_initialized()
        for batch in batches:
            self.given += 1
            yield _part(batch, dist.get_rank(), dist.get_world_size()) if several else batch

    batch_sampler = None  # read where there is a sampler

    @property
    def sampler(self) -> EpochBatches:
        """Where Lightning looks for `set_epoch`."""
        return self

    def set_epoch(self, ended: int) -> None:
        """Lightning's count before each epoch: it keeps no state of batches that were all given."""
        if ended < self.epoch:
            return  # one that a checkpoint stands in the middle of
        self.epoch, self.resumes = ended, False
        if self.turns is not None:
            self.turns.go_to(ended * len(self))

    def state_dict(self) -> dict[str, int]:
        """Where training is."""
        turn = 0 if self.turns is None else self.turns.number
        return {"epoch": self.epoch, "given": self.given, "turn": turn}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on behind the last batch that was given when `state` was made."""
        self.epoch, self.given, self.resumes = state["epoch"], state["given"], True
        if self.turns is not None:
            self.turns.go_to(state["turn"])


def _part(batch: Batch, rank: int, processes: int) -> Batch:
    """One process's rows of a batch; of prompts, which any process may lack, there may be none."""
    if rank < len(batch["inputs"]) or "mask" not in batch:
        return {name: rows[rank::processes] for name, rows in batch.items()}
    first = {name: rows[:1] for name, rows in batch.items()}
    return first | {"mask": torch.zeros_like(first["mask"])}
