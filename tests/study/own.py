"""Data of one's own that come from a file, and models as people write them first.

A row of the file is two numbers and a label; the first rows are for training.
"""

from pathlib import Path

import torch
from torch import nn

from mtkd.data import Examples
from mtkd.outputs import ModelOutput

HERE = "tests.study.own"


class Table:
    """The rows of a text file; `columns` come from a file beside it, `far` is another file."""

    classes = 2

    def __init__(self, file: str, train: int = 8, far: str | None = None) -> None:
        rows = _rows(file)
        cuts = {"train": rows[:train], "validation": rows[train : train + 4]}
        self.splits = {name: _examples(part, name) for name, part in cuts.items()}
        self.splits["test"] = _examples(rows[train + 4 :], "test")
        self.train, self.validation = self.splits["train"], self.splits["validation"]
        self.far = far

    def domain(self, name, severity=None):
        if name == "clean":
            return self.splits["test"]
        return _examples(_rows(self.far), name)


class Unhashable(Table):
    def __eq__(self, other):
        return True


def write_table(file: Path, rows: int = 20, label: int = 0) -> Path:
    """`rows` rows that differ; `label` is that of the first one."""
    numbers = [(i / 7, (i * i % 5) / 3, i % 2 if i else label) for i in range(rows)]
    file.write_text("".join(f"{a} {b} {c}\n" for a, b, c in numbers))
    return file


def _rows(file):
    return torch.tensor([[float(x) for x in line.split()] for line in open(file)])


def _examples(rows, name):
    return Examples(rows[:, :2].contiguous(), rows[:, 2].long(), 2, name)


class Net(nn.Module):
    """A student of two numbers."""

    def __init__(self, inputs: int = 2, classes: int = 2) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)

    def forward(self, batch):
        return ModelOutput(logits=self.layer(batch["inputs"]))


class Bare(Net):
    def forward(self, batch):
        return self.layer(batch["inputs"])


class Pair(Net):
    def forward(self, batch):
        return self.layer(batch["inputs"]), None


class TakesTensor(Net):
    def forward(self, batch):
        return ModelOutput(logits=self.layer(batch))


class TakesColumn(Net):
    def forward(self, batch):
        return ModelOutput(logits=self.layer(batch["x"]))


class TakesTwo(Net):
    def forward(self, inputs, labels):
        return ModelOutput(logits=self.layer(inputs))


class Flattens(Net):
    def forward(self, batch):
        return ModelOutput(logits=self.layer(batch.flatten(1)))


class Grown(Net):
    """Used as it is: its weights come from a file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        with torch.no_grad():
            self.layer.weight.fill_(float(Path(file).read_text()))


def stored(file: str) -> Net:
    """A network with the weights of a checkpoint."""
    made = Net()
    made.layer.load_state_dict(torch.load(file, weights_only=True))
    return made
