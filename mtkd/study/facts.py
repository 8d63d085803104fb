"""What a data set of tokens says of itself, read when the first model asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from mtkd.alignment.backend import backend
from mtkd.data import DataSet, Examples, Shifted

SEEN = 64
"""Rows that are looked at to tell what kind of labels there are."""


class Facts:
    """Facts about the data of a study that a model must fit; nothing is read before it is needed.

    Args:
        data: Any data set; one without tokens answers None.
        domains: Evaluation domains, see `mtkd.study.domains.expand_domains`.

    Attributes:
        differences: How the tokenizers beside stored models differ, by folder or hub name.
    """

    def __init__(self, data: DataSet, domains: Sequence[Mapping[str, Any]] = ()) -> None:
        self.data, self._domains = data, domains
        said: Any = data
        while isinstance(said, Shifted):
            said = said.of
        self._said = said
        self.differences: dict[str, str] = {}

    @cached_property
    def examples(self) -> dict[str, Examples]:
        """Every split and domain by name."""
        named = {str(d["shift"] or d["name"]): d["severity"] for d in self._domains}
        domains = {name: self.data.domain(name, severity) for name, severity in named.items()}
        return {**self.data.splits, **domains}

    @cached_property
    def tokenizer(self) -> Tokenizer | None:
        """What made the tokens; None if the data have none that gives a vocabulary."""
        try:
            return backend(self._said.tokenizer)
        except (AttributeError, ValueError):
            return None

    @cached_property
    def source(self) -> str | None:
        """Where the tokenizer is from, as the config says it; None if it is no choice there."""
        try:
            return str(self._said.tokens.source)
        except AttributeError:
            return None

    @cached_property
    def hidden(self) -> float | None:
        """Share of the tokens that a model predicts from both sides; None: the next token."""
        try:
            share: float | None = self._said.hidden
        except AttributeError:
            return None
        return share

    @cached_property
    def names(self) -> list[str] | None:
        """Names of the classes in the order of their numbers, if the data give names."""
        try:
            names = [str(name) for name in self._said.names]
        except (AttributeError, TypeError):
            return None
        numbers = [str(number) for number in range(len(names))]
        return None if len(names) != self.data.classes or names == numbers else names

    @cached_property
    def needed(self) -> int:
        """One above the largest token id: the tokenizer's, or that of the rows."""
        if self.tokenizer is None:
            return self.largest + 1
        return max(self.tokenizer.get_vocab().values(), default=-1) + 1

    @cached_property
    def largest(self) -> int:
        """Largest token id in any split or domain."""
        return max(int(one.inputs.max()) for one in self.examples.values())

    @cached_property
    def used(self) -> Tensor:
        """`[n]` token ids that the training rows hold or predict, padding left out."""
        rows = self.data.train
        read = rows.inputs
        if "attention_mask" in rows.extras:
            read = read[rows.extras["attention_mask"].bool()]
        by_token = rows.labels.dim() > 1
        said = rows.labels[rows.labels >= 0] if by_token else read.new_empty(0)
        return torch.cat([read.flatten(), said]).unique()

    @cached_property
    def shifted(self) -> bool:
        """Whether labels are the tokens that come next, so that a row shows them."""
        inputs, labels = self.data.train.inputs[:SEEN], self.data.train.labels[:SEEN]
        if labels.dim() != 2 or inputs.shape != labels.shape:
            return False
        counted = labels[:, :-1] >= 0
        same = (labels[:, :-1] == inputs[:, 1:])[counted]
        return bool(2 * same.sum() > counted.sum())

    @cached_property
    def padded(self) -> tuple[Tensor, Tensor] | None:
        """A row of ids that is padded on the right, and its mask, `[length]` both; None: no row."""
        for one in self.examples.values():
            mask = one.extras.get("attention_mask")
            if mask is None or mask.shape != one.inputs.shape:
                continue
            rows = (mask[:, 0].bool() & ~mask[:, -1].bool()).nonzero()
            if len(rows):
                return one.inputs[rows[0, 0]], mask[rows[0, 0]].bool()
        return None
