"""Devices that learn from different things: no prompts are left, or own text is no data."""

import functools

import torch

from mtkd.distiller import Distiller
from mtkd.epochs import EpochBatches
from mtkd.losses import ForwardKL, ReverseKL
from mtkd.onpolicy import Turns
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.weighting import Uniform
from tests.onpolicy.models import Bigram
from tests.onpolicy.test_training import CLASSES, distiller, own, rows


def test_a_device_without_prompts_waits_with_gradients_of_zero():
    module = distiller(own(share=1.0))
    (batch,) = EpochBatches(rows(1), 4, 0)
    none = {name: values[1:] for name, values in batch.items()} | {"draw": torch.zeros(0)}
    loss = module.training_step(none, 0)
    loss.backward()
    gradients = [p.grad for p in module.parameters() if p.requires_grad]
    assert loss.item() == 0
    assert gradients
    assert not any(gradient.any() for gradient in gradients)
    assert module.counts.positions == 0


class Sized(ForwardKL):
    """A loss with something to train."""

    def __init__(self):
        super().__init__()
        self.size = torch.nn.Parameter(torch.ones(()))

    def divergence(self, student, teacher):
        return self.size * super().divergence(student, teacher)


class OfTwo:
    """As much of a trainer of two devices as a step looks at."""

    world_size, accumulate_grad_batches, global_step = 2, 1, 0


TRAINER = OfTwo()


def test_what_only_the_data_trains_gets_a_gradient_of_0_from_own_text():
    teachers = {"a": LiveTeacher(Bigram(CLASSES, 1), "a")}
    sgd = functools.partial(torch.optim.SGD, lr=0.1)
    own_text = own(share=1.0, loss=ReverseKL())
    module = Distiller(
        Bigram(CLASSES), teachers, Recipe(Sized(), Uniform()), sgd, on_policy=own_text
    )
    module.trainer = TRAINER
    (batch,) = Turns(own_text, rows(2), 2, 0).mixed(iter([{}]))
    module.training_step(batch, 0).backward()
    assert module.loss.size.grad.item() == 0
    assert any(p.grad.any() for p in module.student.parameters())
