"""Whose turn it is, and which prompts the student gets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import torch
from torch import Tensor

from mtkd.data import Batch, Examples
from mtkd.onpolicy.settings import OnPolicy

GAP = 2**31
"""Draw numbers of one seed; those of the next seed follow."""


class Turns:
    """Batches of the data, some of them replaced by batches of prompts.

    Turns are spread as evenly as the share allows and depend on nothing else, so a control sees
    the same batches of the data at the other steps. Prompts go through their own order, which
    depends on the seed only.

    Args:
        settings: Whose share, prompt length and reuse are followed.
        examples: What prompts are taken from: the data's own prompts, or, with
            `prompt_tokens`, any rows, of which the beginning is kept.
        size: Prompts in a batch.
        seed: Of the prompts' order and of what is written.
    """

    def __init__(self, settings: OnPolicy, examples: Examples, size: int, seed: int) -> None:
        self.settings, self.examples, self.size, self.seed = settings, examples, size, seed
        self.share = Fraction(settings.share).limit_denominator(10**6)
        self.number = 0
        # Begun at the first turn, in the process that takes it: a generator cannot be sent to one.
        self._prompts: Iterator[Batch] | None = None

    def mixed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """`batches` with some replaced; `draw [row]` marks a batch of prompts."""
        for batch in batches:
            yield self._next_prompts() if self._turn() else batch

    def go_to(self, number: int) -> None:
        """Go on as after `number` batches."""
        if number != self.number:
            self.number, self._prompts = number, None

    def _turn(self) -> bool:
        before, self.number = self.number, self.number + 1
        return int(self.number * self.share) > int(before * self.share)

    def _next_prompts(self) -> Batch:
        if self._prompts is None:
            taken = int((self.number - 1) * self.share)  # before this turn
            self._prompts = islice(self._all_prompts(), taken, None)
        return next(self._prompts)

    def _all_prompts(self) -> Iterator[Batch]:
        epoch, draw = 0, self.seed * GAP
        while True:
            # Not the data's own seed: equal sizes would give prompts and data the same order.
            for batch in self.examples.batches(self.size, self.seed + GAP, epoch):
                count = len(batch["inputs"])
                asked = self._cut(batch) | {"draw": torch.arange(draw, draw + count)}
                draw += count
                for _ in range(self.settings.reuse):
                    yield asked
            epoch += 1

    def _cut(self, batch: Batch) -> Batch:
        """What the student gets to see: the beginnings, their mask and their route.

        Of packed documents only the first is a beginning: its `positions` start at 0 once.
        """
        until = slice(None, self.settings.prompt_tokens)
        asked: dict[str, Tensor] = {"inputs": batch["inputs"][:, until]}
        if "attention_mask" in batch:
            asked["attention_mask"] = batch["attention_mask"][:, until]
        if "positions" in batch:
            first = (batch["positions"][:, until] == 0).cumsum(dim=1) == 1
            asked["attention_mask"] = first.long() * asked.get("attention_mask", 1)
        if "route" in batch:
            asked["route"] = batch["route"]
        return asked
