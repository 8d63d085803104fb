"""What the framework adds to a training step of a small student, over a plain PyTorch loop.

Both loops do the same arithmetic: a student of one hidden layer of 24, two recorded teachers,
forward KL at temperature 2, uniform weights, a tenth from labels, Adam. The framework's loop
runs under Lightning and records loss, shares, weights, distances, agreement, entropy and coverage
of each teacher. The plain arithmetic under Lightning says how much of that is Lightning's: once
with nothing logged, once with ten values given to `self.log` each step, as a first version of such
a module would. Compare within one run only: `python benchmarks/step_overhead.py`.
"""

import functools
import statistics
import tempfile
import time
from pathlib import Path

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.loggers import CSVLogger

from mtkd.data import Digits
from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.students import MLP
from mtkd.teachers import CachedTeacher
from mtkd.training import QUIET, EpochBatches, fit
from mtkd.weighting import Uniform

EPOCHS, ROUNDS = 60, 5


def plain_loss(student, batch, ids, teachers):
    """A tenth from labels, the rest forward KL from the mean of the teachers."""
    rows = torch.tensor([ids[int(key)] for key in batch["example_id"]])
    logits = student(batch).dense()
    log_q = (logits / 2).log_softmax(-1)
    soft = logits.new_zeros(())
    for table in teachers:
        log_p = (table[rows] / 2).log_softmax(-1)
        soft = soft + 4 * (log_p.exp() * (log_p - log_q)).sum(-1).mean() / len(teachers)
    return 0.1 * F.cross_entropy(logits, batch["labels"]) + 0.9 * soft


def plain(data, teachers):
    """The same steps without the framework."""
    student = MLP()
    optimizer = torch.optim.Adam(student.parameters(), lr=3e-3)
    ids = {int(key): row for row, key in enumerate(data.train.ids)}
    for epoch in range(EPOCHS):
        for batch in data.train.batches(64, 0, epoch):
            optimizer.zero_grad()
            plain_loss(student, batch, ids, teachers).backward()
            optimizer.step()


class UnderLightning(pl.LightningModule):
    """The plain arithmetic under Lightning, some values logged by its own means."""

    def __init__(self, data, teachers, values):
        super().__init__()
        self.values = values
        self.student = MLP()
        self.ids = {int(key): row for row, key in enumerate(data.train.ids)}
        self.tables = teachers

    def training_step(self, batch, batch_index):
        loss = plain_loss(self.student, batch, self.ids, self.tables)
        for index in range(self.values):
            self.log(f"value_{index}", loss.detach())
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.student.parameters(), lr=3e-3)


def under_lightning(values, data, teachers):
    """The same steps under Lightning, `values` of them given to `self.log`."""
    quiet = {**QUIET, "log_every_n_steps": 1 if values else 0, "max_epochs": EPOCHS}
    quiet |= {"accelerator": "cpu", "devices": 1}
    with tempfile.TemporaryDirectory() as folder:
        logger = CSVLogger(folder) if values else False
        trainer = pl.Trainer(logger=logger, default_root_dir=folder, **quiet)
        trainer.fit(UnderLightning(data, teachers, values), EpochBatches(data.train, 64, 0))


def framework(data, teachers):
    """The same steps through the distiller, with everything recorded."""
    sources = {
        f"t{k}": CachedTeacher(data.train.ids, ModelOutput(logits=t), str(k))
        for k, t in enumerate(teachers)
    }
    recipe = Recipe(ForwardKL(2.0), Uniform(), hard_share=0.1)
    adam = functools.partial(torch.optim.Adam, lr=3e-3)
    distiller = Distiller(MLP(), sources, recipe, adam, width=24)
    options = {"max_epochs": EPOCHS, "batch_size": 64}
    with tempfile.TemporaryDirectory() as folder:
        fit(distiller, data.train, options, 0, Path(folder))


def main():
    torch.set_num_threads(1)
    data = Digits()
    teachers = [torch.randn(len(data.train), 10) for _ in range(2)]
    steps = EPOCHS * -(-len(data.train) // 64)
    loops = {
        "plain loop": plain,
        "Lightning, nothing logged": functools.partial(under_lightning, 0),
        "mtkd, all recorded": framework,
        "Lightning, 10 x self.log": functools.partial(under_lightning, 10),
    }
    rounds = []
    for _ in range(ROUNDS + 1):
        taken = []
        for loop in loops.values():
            start = time.process_time()
            loop(data, teachers)
            taken.append((time.process_time() - start) / steps * 1e3)
        rounds.append(taken)
    counted = rounds[1:]
    print(f"CPU milliseconds a step, medians of {ROUNDS} paired rounds; x: times the plain loop")
    for index, name in enumerate(loops):
        cost = statistics.median(taken[index] for taken in counted)
        ratio = statistics.median(taken[index] / taken[0] for taken in counted)
        added = statistics.median(taken[index] - taken[0] for taken in counted)
        print(f"{name:26s}{cost:7.2f}   added {added:6.2f}   x {ratio:5.2f}")


if __name__ == "__main__":
    main()
