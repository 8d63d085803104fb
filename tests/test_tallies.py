"""What is counted of an epoch over several devices, and what the optimizer is given."""

import functools

import pytest
import torch

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
