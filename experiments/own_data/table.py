"""Data and a teacher of one's own; `study.yaml` names them, and nothing else has to know."""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mtkd.data import Examples
from mtkd.files import write_bytes
from mtkd.outputs import ModelOutput


class Table:
    """Rows of an .npz file: `inputs [n, features]` and `labels [n]`, whole numbers from 0.

    The rows are mixed by a seed of its own; those after `train` and `validation` are the test
    split, which the domain `faint` shows at half its brightness.
    """

    def __init__(self, file: str, train: int = 600, validation: int = 200) -> None:
        if not Path(file).exists():
            make_files(Path(file))  # your file is there: leave this out
        stored = np.load(file)
        inputs, labels = torch.from_numpy(stored["inputs"]), torch.from_numpy(stored["labels"])
        self.classes = int(labels.max()) + 1
        everything = Examples(inputs.float(), labels.long(), self.classes)
        order = mixed(len(labels))
        self.train = everything.take(order[:train], "train")
        self.validation = everything.take(order[train : train + validation], "validation")
        self.test = everything.take(order[train + validation :], "test")
        self.splits = {"train": self.train, "validation": self.validation, "test": self.test}

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The test split as it is (`clean`), or `faint`."""
        if name == "clean":
            return self.test
        if name == "faint":
            return Examples(self.test.inputs / 2, self.test.labels, self.classes, name)
        raise ValueError(f"there is no domain {name!r}, only clean and faint")


def mixed(count: int) -> torch.Tensor:
    """The rows in an order that is always the same."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))


def network() -> nn.Sequential:
    """A network that knows nothing of mtkd: inputs `[batch, 64]` to logits `[batch, 10]`."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


class Wrapped(nn.Module):
    """Such a network as a study asks it: a batch in, a `ModelOutput` out."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, batch):
        return ModelOutput(logits=self.inner(batch["inputs"]))


def teacher(file: str) -> Wrapped:
    """The network with the weights of a `state_dict` on disk."""
    made = network()
    made.load_state_dict(torch.load(file, weights_only=True))
    return Wrapped(made)


def make_files(file: Path) -> None:
    """In place of files of yours: scikit-learn's digits, and a network trained on 600 of them."""
    from sklearn.datasets import load_digits

    digits, weights, table = load_digits(), BytesIO(), BytesIO()
    np.savez(table, inputs=digits.data / 16, labels=digits.target)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = network()
    optimizer = torch.optim.Adam(made.parameters(), lr=0.01)
    rows = mixed(len(digits.target))[:600]  # none that the student is tested on
    inputs, labels = torch.from_numpy(digits.data)[rows], torch.from_numpy(digits.target)[rows]
    for _ in range(100):
        loss = nn.functional.cross_entropy(made(inputs.float() / 16), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.save(made.state_dict(), weights)
    write_bytes(file.with_name("teacher.pt"), weights.getvalue())
    write_bytes(file, table.getvalue())
