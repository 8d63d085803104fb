"""A recorded teacher, a recorder, and a fit by Lightning, wherever the student is to be."""

from __future__ import annotations

import functools
import logging
import warnings

import pytorch_lightning as pl
import torch
from pytorch_lightning.accelerators import CPUAccelerator
from pytorch_lightning.strategies import SingleDeviceStrategy
from torch.utils.data import DataLoader

from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.recorder import Recorder
from mtkd.signals import CompleteSignal
from mtkd.teachers import CachedTeacher, LiveTeacher
from mtkd.weighting import LearnedGate, Uniform
from tests.device import pretended
from tests.test_distiller import CLASSES, FEATURES, LENGTH, Rows, examples


def recorded(device, output):
    """What a recorded teacher says, and on a device the types of what was copied there."""
    source = CachedTeacher(torch.arange(4), output, "recorded")
    pretended.arrivals.clear()
    asked = torch.tensor([2, 0]).to(device)
    said = source({"example_id": asked, "labels": torch.zeros(2, dtype=torch.long).to(device)})
    floats = {kind for kind in pretended.arrivals if kind.is_floating_point}
    assert floats <= {torch.float16}, f"copied as {floats}, recorded as float16"
    return [said.output.dense().cpu()]


def read(device):
    """Averages of two batches, for which a device is waited for once."""
    recorder, labels = Recorder(("a", "b", "c")), torch.tensor([0, 1, -1, 2]).to(device)
    for seed in (0, 1):
        rng = torch.Generator().manual_seed(seed)
        logits = [torch.randn(4, CLASSES, generator=rng).to(device) for _ in range(4)]
        student, *teachers = (ModelOutput(logits=values) for values in logits)
        signals, recipe = [CompleteSignal(t) for t in teachers], Recipe(ForwardKL(), Uniform())
        examples = torch.arange(4).to(device)
        made = distillation_objective(student, signals, labels, examples, recipe, detail=True)
        recorder.add(made, {"labels": labels, "mask": labels > -2})
    pretended.waits.clear()
    values = recorder.read("train")
    assert pretended.waits.total() == (device != "cpu"), f"waited for {dict(pretended.waits)}"
    return [torch.tensor(list(values.values()))]


class Anywhere(CPUAccelerator):
    """An accelerator that does not mind which device it is."""

    def setup_device(self, device):
        pass


def trained(device):
    """Weights and averages after an epoch with a live and a recorded teacher."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    said = torch.randn(8, LENGTH, CLASSES, generator=torch.Generator().manual_seed(2))
    teachers = {
        "live": LiveTeacher(Rows(1), "live"),
        "recorded": CachedTeacher(torch.arange(8), ModelOutput(logits=said), "recorded"),
    }
    recipe = Recipe(ForwardKL(2.0), LearnedGate(), hard_share=0.3, chunk=4)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        sgd = functools.partial(torch.optim.SGD, lr=0.5)
        distiller = Distiller(Rows(), teachers, recipe, sgd, width=FEATURES, log_every=1)
    place = torch.device(device, 0) if device != "cpu" else torch.device("cpu")
    trainer = pl.Trainer(
        strategy=SingleDeviceStrategy(device=place, accelerator=Anywhere()),
        max_epochs=1,
        gradient_clip_val=1.0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    loader = DataLoader(examples(), batch_size=4)
    trainer.fit(distiller, loader, loader)
    series = [
        torch.tensor([point for point in points if point is not None])
        for points in distiller.history.series.values()
    ]
    return [parameter.detach().cpu() for parameter in distiller.parameters()] + series
