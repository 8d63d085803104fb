"""What is counted of an epoch over several devices, and what the optimizer is given."""

import functools

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from mtkd.reached import Reached
from mtkd.tallies import Counts
from tests.test_distiller import RATE, module


def test_an_epoch_that_counted_elsewhere_only_warns_here():
    counts = Counts()
    assert not counts.useful({"mask": torch.zeros(2, dtype=torch.bool)})
    with pytest.warns(UserWarning, match="1 of the epoch's 1 batches were skipped"):
        counts.end_epoch(lambda here: here + 3)


def test_frozen_weights_are_not_given_to_the_optimizer():
    distiller = module()
    distiller.make_optimizer = functools.partial(torch.optim.SGD, lr=RATE)
    distiller.student.head.bias.requires_grad_(False)
    (group,) = distiller.configure_optimizers().param_groups
    assert [id(p) for p in group["params"]] == [id(distiller.student.head.weight)]


class OfTwo(torch.nn.Module):
    """A module of three parameters on one of two devices; the other one's batch reached `b`."""

    device, device_mesh, world_size = torch.device("cpu"), None, 2

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = (torch.nn.Parameter(torch.ones(2)) for _ in range(3))
        self.frozen = torch.nn.Parameter(torch.ones(2), requires_grad=False)
        self.asked = []

    @property
    def trainer(self):
        return self

    strategy = trainer

    def reduce(self, here, reduce_op):
        self.asked.append((here.tolist(), reduce_op))
        return here + torch.tensor([0.0, 1.0, 0.0])


def test_a_gradient_of_0_is_taken_back_where_no_device_has_another():
    module, counted = OfTwo(), Reached()
    loss = (module.a * torch.tensor([2.0, 5.0])).sum()
    whole = counted.complete(loss, module)
    assert whole.item() == loss.item()
    whole.backward()
    assert [p.grad.tolist() for p in (module.a, module.b, module.c)] == [[2, 5], [0, 0], [0, 0]]
    counted.release(module)
    assert module.asked == [([1, 0, 0], "sum")]
    assert [module.a.grad.tolist(), module.b.grad.tolist()] == [[2, 5], [0, 0]]
    assert module.c.grad is None
    module.c.grad = torch.tensor([0.0, 3.0])  # of a penalty that is no part of the loss
    counted.release(module)
    assert module.asked[1] == ([0, 0, 0], "sum"), "the last step's were not forgotten"
    assert module.c.grad.tolist() == [0, 3]


def test_a_loss_that_reaches_everything_is_left_as_it_is():
    module = OfTwo()
    loss = (module.a * module.b * module.c).sum()
    assert Reached().complete(loss, module) is loss


def test_parts_that_are_checkpointed_the_older_way_are_not_counted_twice():
    module = OfTwo()
    loss = checkpoint(lambda x: x * module.b * module.c, module.a, use_reentrant=True).sum()
    assert Reached().complete(loss, module) is loss


@pytest.mark.parametrize("alone", [{"world_size": 1}, {"device_mesh": "whole"}])
def test_nobody_waits_on_one_device_or_where_weights_are_split(alone):
    module, counted = OfTwo(), Reached()
    for name, value in alone.items():
        setattr(module, name, value)
    loss = module.a.sum()
    assert counted.complete(loss, module) is loss
    module.c.grad = torch.zeros(2)
    counted.release(module)
    assert module.c.grad is not None


@pytest.mark.parametrize(("rank", "before"), [(0, 7), (1, 0)])
def test_what_a_teacher_was_asked_before_is_counted_by_the_first_process_alone(
    monkeypatch, rank, before
):
    distiller = module()
    monkeypatch.setattr(type(distiller), "global_rank", rank)
    source = distiller.teachers["first"]
    source.asked = source.skipped = 7
    distiller.on_train_start()
    assert (source.asked, source.skipped) == (before, before)
