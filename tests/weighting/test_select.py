"""Whom a gate asks."""

import pytest
import torch
from torch import Tensor

from mtkd.functional import cross_entropy, log_probs
from mtkd.weighting import LearnedGate
from tests.weighting.rules import TEACHERS, WIDTH, batch, build, prepared, problem

close = torch.testing.assert_close


def examples_of(count: int = 400) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, hidden states and falling ids of examples with two positions each."""
    data = batch(count, 2)
    ids = torch.arange(count).flip(0)[:, None].expand(-1, 2)
    return data.student, data.hidden, ids


def test_takes_the_best_of_each_example():
    gate = build(LearnedGate, top=2).eval()
    student, hidden, ids = examples_of()
    chosen = gate.select(student, hidden, ids)
    weights = gate(student, torch.zeros(3, 400, 2, 5), torch.zeros(400, 2).long(), hidden)
    # Columns are in ascending order of ids, here the reverse of the examples.
    worst = weights[:, :, 0].flip(1).argmin(0)
    assert chosen.shape == (3, 400)
    assert torch.equal((~chosen).int().argmax(0), worst)
    assert (chosen.sum(0) == 2).all()


def test_asks_all_unless_told():
    student, hidden, ids = examples_of()
    assert build(LearnedGate).select(student, hidden, ids) is None
    assert build(LearnedGate, top=3).select(student, hidden, ids) is None


def test_treats_positions_as_examples_without_ids():
    gate = build(LearnedGate, top=2)
    assert gate.select(torch.zeros(7, 5), torch.zeros(7, WIDTH)).shape == (3, 7)


@pytest.mark.parametrize("exploration", [0.0, 0.25, 1.0])
def test_explores_as_often_as_told_and_only_in_training(exploration):
    names = ["a", "b", "c", "d"]
    gate = prepared(names, top=2, exploration=exploration)
    student, hidden, ids = examples_of(2000)
    greedy = gate.eval().select(student, hidden, ids)
    chosen = gate.train().select(student, hidden, ids)
    changed = (chosen != greedy).any(0)
    assert (chosen.sum(0) == 2).all()
    assert changed.double().mean() == pytest.approx(exploration, abs=0.04)


def test_explores_every_teacher_evenly_and_keeps_the_best():
    gate = prepared(["a", "b", "c", "d"], top=2, exploration=1.0)
    gate.embeddings.data[:] = torch.tensor([0.0, 3.0, 2.0, 1.0])[:, None]
    gate.query.data.zero_()
    gate.bias.data.fill_(1.0)
    shares = gate.select(torch.zeros(2000, 5), torch.zeros(2000, WIDTH)).double().mean(1)
    close(shares, torch.tensor([0.5, 1, 0, 0.5]).double(), rtol=0, atol=0.05)


def test_draws_anew_each_time_and_the_same_from_the_same_state():
    gate, other = build(LearnedGate, top=2), build(LearnedGate, top=2)
    data = examples_of()
    first, second = gate.select(*data), gate.select(*data)
    assert not torch.equal(first, second)
    other.select(*data)
    resumed = build(LearnedGate, top=2)
    resumed.load_state_dict(other.state_dict())
    assert torch.equal(resumed.select(*data), second)
    elsewhere = build(LearnedGate, top=2, seed=1)
    elsewhere.load_state_dict(build(LearnedGate, top=2).state_dict())
    assert not torch.equal(elsewhere.select(*data), first)


def test_selected_teachers_alone_get_weight():
    gate = build(LearnedGate, top=2)
    data = batch(50, dtype=torch.float32)
    chosen = gate.select(data.student, data.hidden)
    weights = gate(*data, present=chosen)
    assert (weights[~chosen] == 0).all()
    assert (weights[chosen] > 0).all()


def test_explored_teachers_can_win():
    # It begins by preferring the two wrong teachers; exploration lets it hear the third.
    data = problem()
    wrong, right = data.teachers
    data = data._replace(teachers=torch.stack([wrong, wrong, right]))
    truth = -cross_entropy(log_probs(data.teachers), data.labels)
    gate = prepared(list(TEACHERS), top=2, exploration=0.2)
    gate.embeddings.data[:] = torch.tensor([[1.0], [1.0], [-1.0]])
    gate.query.data.zero_()
    gate.bias.data.fill_(0.3)
    parameters = list(gate.parameters())
    assert not gate.eval().select(data.student, data.hidden)[2].any()
    gate.train()
    for _ in range(100):
        present = gate.select(data.student, data.hidden)
        weights = gate(*data, present=present)
        own = gate.own_loss(weights, truth, None, present).mean()
        for parameter, slope in zip(parameters, torch.autograd.grad(own, parameters), strict=True):
            parameter.data -= slope
    assert gate.eval().select(data.student, data.hidden)[2].all()
