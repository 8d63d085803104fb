"""Sources of one's own: what no network of the study says."""

import builtins
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from mtkd.data import Digits
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher, TeacherSource

HERE = "tests.study.voices"


def table(classes):
    """`[100, classes]` logits, always the same."""
    return 2 * torch.randn(100, classes, generator=torch.Generator().manual_seed(8))


class Voice(TeacherSource):
    """Says the same of the same input: a row of a table, chosen by the input's sum.

    Args:
        classes: How many.
        top: Classes that it names; None: all.
        log: File that gets a line for each example it is asked about.
        patience: Examples after which it fails.
        silent: Says nothing where the row's number is even.
        secret: Something that only says how it is reached.
    """

    def __init__(
        self,
        classes: int,
        top: int | None = None,
        log: str | None = None,
        patience: int | None = None,
        silent: bool = False,
        secret: str = "",
        name: str = "a/voice",
    ) -> None:
        super().__init__(f"{name}/{top}")
        self.top, self.log, self.patience, self.silent = top, log, patience, silent
        self.table, self.heard = table(classes), 0

    def observe(self, batch):
        self.heard += len(batch["labels"])
        if self.patience is not None and self.heard > self.patience:
            raise ValueError("the line is dead")
        if self.log is not None:
            with Path(self.log).open("a") as file:
                file.writelines(f"{i}\n" for i in batch["example_id"].tolist())
        inputs = batch["inputs"]
        if inputs.dim() != batch["labels"].dim():
            inputs = inputs.flatten(1).sum(dim=1)
        rows = inputs.long() % len(self.table)
        logits = self.table[rows]
        present = rows % 2 == 1 if self.silent else None
        signal = (
            CompleteSignal(ModelOutput(logits=logits))
            if self.top is None
            else top_k(logits, self.top)
        )
        return signal if present is None else signal.silenced(present)


class OneAnswer(TeacherSource):
    """Says one thing of a whole row."""

    def __init__(self) -> None:
        super().__init__("one")

    def observe(self, batch):
        return CompleteSignal(ModelOutput(logits=torch.zeros(1, 10)))


class NotSetUp(TeacherSource):
    """Forgot to say what its opinion depends on."""

    def __init__(self) -> None:
        pass

    def observe(self, batch):
        return CompleteSignal(ModelOutput(logits=torch.zeros(len(batch["labels"]), 10)))


class Numbered(OneAnswer):
    """Calls itself a number."""

    def __init__(self) -> None:
        TeacherSource.__init__(self, 7)


class Odd(Voice):
    """Names five classes in a way of its own.

    Args:
        how: `logits` in place of log-probabilities, a class `twice`, or `silent`; `warm`: about
            some batches at temperature 2.
    """

    def __init__(self, classes: int, how: str) -> None:
        super().__init__(classes, top=5, name=how)
        self.how = how

    def observe(self, batch):
        signal = super().observe(batch)
        if self.how == "silent":
            return signal.silenced(torch.zeros(signal.shape, dtype=torch.bool))
        if self.how == "twice":
            return replace(signal, kept=signal.kept[..., :1].expand_as(signal.kept))
        if self.how == "warm":
            return replace(signal, temperature=1.0 + (self.heard > 3))
        return replace(signal, log_probs=10 + signal.log_probs)


class Failing(OneAnswer):
    """Raises an error of a builtin kind."""

    def __init__(self, kind: str, made: bool = True) -> None:
        super().__init__()
        self.kind = kind
        if not made:
            self.observe({})

    def observe(self, batch):
        if self.kind == "AssertionError":
            assert not self.kind, "the quota"
        raise getattr(builtins, self.kind)("choices")


def recorded(parts: list[str]) -> CachedTeacher:
    """A table of some splits of the digits that the studies here use."""
    data = Digits(train=60, validation=20)
    ids = torch.cat([examples.ids for name, examples in _named(data).items() if name in parts])
    return CachedTeacher(ids, ModelOutput(logits=table(10)[ids % 100]), "digits")


def _named(data):
    return {**data.splits, "clean": data.domain("clean")}


def network():
    """No source at all."""
    return nn.Linear(2, 2)
