"""Who is asked."""

import torch

from mtkd.asking import ask
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.teachers import TeacherSource
from mtkd.weighting import LearnedGate


class Said(TeacherSource):
    def observe(self, batch):
        return CompleteSignal(ModelOutput(logits=torch.zeros(*batch["labels"].shape, 4)))


def test_teachers_are_spared_in_training_only():
    gate = LearnedGate(top=2)
    gate.prepare(("a", "b", "c"), 3)
    sources = {name: Said(name) for name in gate.teachers}
    labels = torch.zeros(5, dtype=torch.int64)
    batch = {"inputs": torch.zeros(5, 3), "labels": labels, "mask": labels == 0}
    output = ModelOutput(logits=torch.randn(5, 4), hidden=torch.randn(5, 3))
    for training, asked in ((False, 15), (True, 25)):
        signals = ask(sources, batch, output, Recipe(ForwardKL(), gate), training)
        assert sum(source.asked for source in sources.values()) == asked
        assert all(signal.present is None for signal in signals) == (not training)
