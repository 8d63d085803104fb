"""Subclasses and callbacks that use Lightning's hooks change nothing by being there."""

import functools

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import StochasticWeightAveraging

from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL, ReverseKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.weighting import Uniform
from tests.onpolicy import test_training as onpolicy
from tests.test_callbacks import run
from tests.test_distiller import (
    CLASSES,
    FEATURES,
    RATE,
    Rows,
    batch_of,
    fit,
    module,
    step_by_hand,
)


class Watches(Distiller):
    """Reads gradients where Lightning's documentation says to, and forgets `super()`."""

    def on_before_optimizer_step(self, optimizer):
        self.seen = self.student.head.weight.grad.clone()


class Warms(Distiller):
    """Steps as Lightning's documentation does where a rate is warmed up."""

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
        optimizer.step(closure=optimizer_closure)


class Loses(Warms, Watches):
    """Both, so nothing is left that divides."""


class OwnMean(Distiller):
    """Its own step, with the mean over positions that other Lightning modules return."""

    def training_step(self, batch, batch_index):
        found = self.objective(batch)
        return found.loss / found.count


class ByHand(Distiller):
    """Optimizes by itself."""

    automatic_optimization = False

    def training_step(self, batch, batch_index):
        optimizer = self.optimizers()
        optimizer.zero_grad()
        self.manual_backward(super().training_step(batch, batch_index))
        optimizer.step()


class Several(Distiller):
    """Optimizes by itself, weights and bias apart."""

    automatic_optimization = False

    def configure_optimizers(self):
        return [torch.optim.SGD([p], lr=RATE) for p in self.student.parameters()]

    def training_step(self, batch, batch_index):
        for optimizer in self.optimizers():
            optimizer.zero_grad()
        self.manual_backward(super().training_step(batch, batch_index))
        for optimizer in reversed(self.optimizers()):
            optimizer.step()


def of(kind):
    made = module()
    made.__class__ = kind
    return made


@pytest.mark.parametrize("kind", [Watches, Warms, OwnMean, ByHand, Several])
def test_a_subclass_takes_the_step_made_by_hand(kind):
    trained = fit(of(kind), size=8)
    torch.testing.assert_close(trained.student.head.weight, step_by_hand())


def test_a_step_that_was_not_divided_is_told():
    with pytest.raises(RuntimeError, match=r"gradients that were sums.* call super\(\) in the"):
        fit(of(Loses), size=4)


@pytest.mark.parametrize("kind", [Distiller, Watches])
def test_a_subclass_and_a_callback_see_the_gradient_that_is_taken(kind):
    class Norms(pl.Callback):
        def on_before_optimizer_step(self, trainer, module, optimizer):
            self.seen = module.student.head.weight.grad.clone()

    callback, made = Norms(), of(kind)
    fit(made, size=2, accumulate_grad_batches=4, callbacks=[callback])
    taken = (Rows().head.weight.detach() - step_by_hand().detach()) / RATE
    torch.testing.assert_close(callback.seen, taken)
    if kind is Watches:
        torch.testing.assert_close(made.seen, taken)


def test_what_a_broken_training_counted_is_no_part_of_the_next_one():
    class Breaks(pl.Callback):
        def on_train_batch_end(self, trainer, module, outputs, batch, number):
            raise RuntimeError("in the middle of an accumulation")

    made = module()
    with pytest.raises(RuntimeError, match="in the middle"):
        fit(made, size=2, accumulate_grad_batches=4, callbacks=[Breaks()])
    assert made.counts.positions
    fit(made, size=2, accumulate_grad_batches=4)
    torch.testing.assert_close(made.student.head.weight, step_by_hand())
    fresh = fit(module(), size=2, accumulate_grad_batches=4)
    assert made.history.series["train/loss"] == fresh.history.series["train/loss"]


def test_nor_what_its_student_wrote(tmp_path):
    made, fresh = (onpolicy.distiller(onpolicy.own()) for _ in range(2))
    made.on_train_batch_end = {}.__getitem__  # stops after the first batch
    with pytest.raises(TypeError):
        onpolicy.trained(tmp_path, made, accumulate_grad_batches=4)
    del made.on_train_batch_end
    for one in (made, fresh):
        onpolicy.trained(tmp_path, one, accumulate_grad_batches=4)
    assert made.history.as_json() == fresh.history.as_json()


class Normed(torch.nn.Module):
    """A student with a batch norm, whose averages Lightning makes anew in an epoch of their own."""

    def __init__(self):
        super().__init__()
        self.norm, self.head = torch.nn.BatchNorm1d(FEATURES), torch.nn.Linear(FEATURES, CLASSES)

    def forward(self, batch):
        return ModelOutput(logits=self.head(self.norm(batch["inputs"].mT).mT))


def test_averaged_weights_get_the_averages_of_their_batch_norm():
    sgd = functools.partial(torch.optim.SGD, lr=RATE)
    made = Distiller(Normed(), {}, Recipe(ForwardKL(), Uniform(), hard_share=1.0), sgd)
    run(made, [StochasticWeightAveraging(0.1, swa_epoch_start=1)])
    assert made.student.norm.num_batches_tracked == 2


@pytest.mark.parametrize(
    ("part", "replace"),
    [
        ("loss", lambda made: setattr(made, "loss", ReverseKL())),
        ("weighting", lambda made: setattr(made, "recipe", Recipe(made.loss, Uniform()))),
    ],
)
def test_a_part_that_was_replaced_is_not_trained_in_silence(part, replace):
    made = module()
    replace(made)
    with pytest.raises(ValueError, match=f"distiller.{part} and .*{part} are different objects"):
        made.objective(batch_of(2))
