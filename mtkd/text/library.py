"""A language-modelling data set without a download: specialists' domains, and held-out ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.names import unknown
from mtkd.text.corpus import DOMAINS, domain_text
from mtkd.text.library_rows import only_scored, rows_of, split_rows
from mtkd.text.library_tokens import tokenised

NEEDED = 20_000
"""Characters a domain must have: a tenth of it is a test split of a few dozen rows."""


class StandardLibrary:
    """Next-token prediction on Python's standard library, cut into domains.

    The domains named in `trained` make the training, validation and test splits, 80, 10 and 10
    parts of a hundred, divided by blocks of neighbouring rows. `clean` is their common test split;
    a trained domain's name is its part of it; every other domain is a held-out one that no model
    has read. The tokenizer is a byte-level BPE trained on the training domains' text.

    Args:
        vocabulary: Tokens of the tokenizer, at least 257.
        length: Tokens in a row; a row's labels are the same tokens, one further.
        trained: Domains to train on, see `mtkd.text.corpus.DOMAINS`.
        scored: Positions of each evaluation domain that are predicted, drawn once.
        seed: Of the division and of the scored positions.

    Attributes:
        classes: The vocabulary.
        missing: Domains that this Python installation does not have.

    Raises:
        ValueError: An unknown domain, or one to train on that this installation lacks.
    """

    def __init__(
        self,
        vocabulary: int = 1024,
        length: int = 64,
        trained: Sequence[str] = ("prose", "net", "asyncio"),
        scored: int = 2048,
        seed: int = 0,
    ) -> None:
        _check(vocabulary, length, trained, scored)
        self.classes, self.length, self.scored, self.seed = vocabulary, length, scored, seed
        self.trained = tuple(trained)
        texts = {name: domain_text(name) for name in DOMAINS}
        self.missing = tuple(name for name in DOMAINS if len(texts[name]) < NEEDED)
        _check_installed(trained, self.missing)
        self._tokens = tokenised(texts, self.trained, vocabulary)
        made = {name: split_rows(self._rows(name), seed) for name in trained}
        train, validation, self._test = (
            {name: made[name][place] for name in trained} for place in range(3)
        )
        self.train = self._together(train, "train")
        self.validation = only_scored(self._together(validation, "validation"), scored, seed)

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.domain("clean")}

    @cached_property
    def tokenizer(self) -> Any:
        """The `tokenizers.Tokenizer`."""
        from tokenizers import Tokenizer

        return Tokenizer.from_str(bytes(self._tokens["tokenizer"].tolist()).decode())

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The scored positions of a domain.

        Raises:
            ValueError: No such domain, one that this installation lacks, or a severity.
        """
        if severity is not None:
            raise ValueError(f"domain {name!r} has no severity, got {severity!r}; leave it out")
        if name == "clean":
            return only_scored(self._together(self._test, "clean"), self.scored, self.seed)
        if name not in DOMAINS:
            raise unknown("domain", name, ("clean", *DOMAINS))
        if name in self.missing:
            raise ValueError(
                f"this Python installation has no text for domain {name!r}; leave it out of domains"
            )
        rows = self._test[name] if name in self._test else self._rows(name)
        return only_scored(self._examples(rows, name), self.scored, self.seed)

    def _rows(self, name: str) -> Tensor:
        return rows_of(self._tokens[name], self.length)

    def _together(self, parts: Mapping[str, Tensor], name: str) -> Examples:
        """All parts one after the other; metadata says which row is of which domain."""
        owners = np.repeat(list(parts), [len(rows) for rows in parts.values()])
        metadata = {part: owners == part for part in parts}
        return self._examples(torch.cat(list(parts.values())), name, metadata)

    def _examples(
        self, rows: Tensor, name: str, metadata: Mapping[str, np.ndarray] | None = None
    ) -> Examples:
        inputs, labels = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
        return Examples(inputs, labels, self.classes, f"library/{name}", metadata or {})


def _check(vocabulary: int, length: int, trained: Sequence[str], scored: int) -> None:
    for name in trained:
        if name not in DOMAINS:
            raise unknown("domain of the standard library", name, DOMAINS)
    if vocabulary < 257 or length < 8 or scored < 8:
        raise ValueError(
            "vocabulary must be at least 257, length and scored at least 8; got "
            f"{vocabulary}, {length} and {scored}"
        )


def _check_installed(trained: Sequence[str], missing: Sequence[str]) -> None:
    absent = sorted(set(missing) & set(trained))
    if absent:
        raise ValueError(
            f"this Python installation has no text for {', '.join(absent)}; leave it out of "
            "data.trained, or install Python with its standard library whole"
        )
