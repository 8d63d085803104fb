"""The gate: what it learns, and what it must not be trained on."""

import math

import pytest
import torch
from torch import Tensor

from mtkd.functional import cross_entropy, entropy, kl_divergence, log_probs
from mtkd.losses import ForwardKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.weighting import LearnedGate
from mtkd.weighting.gate import label_score, missing_entropy, student_state
from tests.weighting.rules import WIDTH, Batch, batch, build, prepared, problem

close = torch.testing.assert_close
ln = math.log
NAMES = ["near", "right"]


def train(gate: LearnedGate, data: Batch, loss: str, steps: int = 60, rate: float = 2.0) -> Tensor:
    """Mean weight of each teacher after training the gate on one of two losses."""
    parameters = list(gate.parameters())
    log_p, log_q = log_probs(data.teachers), log_probs(data.student)
    truth = -cross_entropy(log_p, data.labels)
    distances = kl_divergence(log_p, log_q)
    for step in range(steps):
        weights = gate(*data)
        own = gate.own_loss(weights, truth, distances, None)
        value = own if loss == "own" else (weights * distances).sum(0)
        for parameter, slope in zip(
            parameters, torch.autograd.grad(value.mean(), parameters), strict=True
        ):
            parameter.data -= rate * (1 - step / steps) * slope
    return gate(*data).detach().mean(1)


def test_trained_on_labels_it_finds_the_teacher_that_is_right():
    near, right = train(prepared(NAMES, entropy_floor=0), problem(), "own")
    assert right > 0.95
    close(near + right, torch.tensor(1.0))


def test_trained_on_the_distillation_loss_it_would_find_the_one_nearest_to_the_student():
    # The reason why own_loss exists: the same gate, the same data, the teacher that is wrong.
    near, _ = train(prepared(NAMES, entropy_floor=0), problem(), "distances")
    assert near > 0.95


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("granularity", ["position", "example"])
def test_neither_chunks_nor_mixed_precision_nor_a_frozen_student_changes_what_it_learns(
    granularity, frozen
):
    data, slopes = batch(8, dtype=torch.float32), []
    student = ModelOutput(logits=data.student.requires_grad_(not frozen), hidden=data.hidden)
    signals = [CompleteSignal(ModelOutput(logits=logits)) for logits in data.teachers]
    for chunk, mixed in ((8, False), (3, True)):
        gate = build(LearnedGate, granularity=granularity)
        recipe = Recipe(ForwardKL(), gate, chunk=chunk)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            made = distillation_objective(student, signals, data.labels, torch.arange(8), recipe)
        made.own.backward()
        slopes.append([parameter.grad for parameter in gate.parameters()])
    close(*slopes)


def test_it_learns_where_each_teacher_is_right():
    data = problem()
    second = data.hidden[:, 0] > data.hidden[:, 1]
    swapped = torch.where(second[:, None], data.teachers.flip(0), data.teachers)
    data = data._replace(teachers=swapped, student=torch.zeros(64, 5))
    gate = prepared(NAMES, entropy_floor=0)
    train(gate, data, "own", steps=100)
    weights = gate(*data)
    assert weights[0, second].mean() > 0.85
    assert weights[1, ~second].mean() > 0.85


@pytest.mark.parametrize("floor", [0.5, 0.9])
def test_the_entropy_floor_holds(floor):
    gate = prepared(NAMES, entropy_floor=floor)
    weights = train(gate, problem(), "own", steps=100)
    spread = entropy(gate(*problem()).detach().T.log()).mean() / ln(2)
    assert floor - 0.01 < spread < floor + 0.03
    assert weights[1] > weights[0]


def test_without_a_floor_entropy_vanishes():
    gate = prepared(NAMES, entropy_floor=0)
    train(gate, problem(), "own", steps=100)
    assert entropy(gate(*problem()).detach().T.log()).mean() / ln(2) < 0.1


def test_own_loss_by_hand():
    weights = torch.tensor([[0.25, 1.0, 0.0], [0.75, 0.0, 0.0]])
    truth = torch.tensor([[1 / 2, 1 / 8, 1 / 2], [1 / 10, 1 / 2, 1 / 2]]).log()
    present = torch.tensor([[True, True, False], [True, False, False]])
    gate = LearnedGate(entropy_floor=0.9)
    low = 0.9 * ln(2) - (ln(4) / 4 + ln(4 / 3) * 3 / 4)
    expected = torch.tensor([ln(5) + 4 * low, ln(8), 0.0])
    close(gate.own_loss(weights, truth, None, present), expected)
    # Told that both were present, it misses the second one's share of the entropy.
    close(gate.own_loss(weights, truth)[1], torch.tensor(ln(8) + 4 * 0.9 * ln(2)))


def test_own_loss_is_finite_with_finite_gradient_for_absent_and_hopeless_teachers():
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    present = torch.tensor([[1, 1, 0, 0], [1, 0, 0, 1], [1, 0, 0, 1]], dtype=torch.bool)
    weights = (scores.exp() * present) / (scores.exp() * present).sum(0).clamp(min=1e-9)
    truth = torch.full((3, 4), -2e4).masked_fill(~present, float("nan"))
    loss = label_score(weights, truth) + missing_entropy(weights, 0.5, present)
    assert loss.isfinite().all()
    loss.sum().backward()
    assert scores.grad.isfinite().all()


def test_the_score_is_the_cross_entropy_of_the_mixture():
    data = batch(6)
    weights = data.student[:, :3].T.softmax(0)
    mixture = (weights[..., None] * data.teachers.softmax(-1)).sum(0)
    truth = -cross_entropy(log_probs(data.teachers), data.labels)
    expected = -mixture.gather(-1, data.labels[:, None]).squeeze(-1).log()
    close(label_score(weights, truth), expected)


def test_the_state_by_hand():
    logits = torch.tensor([1 / 2, 3 / 8, 1 / 8, 1e-9, 1e-9], dtype=torch.float64).log()
    hidden = torch.tensor([3.0, 1.0, 1.0, 3.0], dtype=torch.float64)
    spread = (ln(2) / 2 + ln(8 / 3) * 3 / 8 + ln(8) / 8) / ln(5)
    expected = torch.tensor([1, -1, -1, 1, spread, 1 / 2, 1 / 8], dtype=torch.float64)
    close(student_state(logits, hidden), expected, rtol=0, atol=1e-5)


def test_the_first_parameters_depend_on_the_seed_only():
    first, again = build(LearnedGate, seed=3), build(LearnedGate, seed=3)
    other = build(LearnedGate, seed=4)
    for name, parameter in first.named_parameters():
        assert torch.equal(parameter, again.get_parameter(name))
        assert name == "bias" or not torch.equal(parameter, other.get_parameter(name))


def test_it_begins_close_to_uniform():
    close(build(LearnedGate)(*batch(50)), torch.full((3, 50), 1 / 3).double(), rtol=0, atol=0.1)


def test_selecting_in_eval_mode_does_not_move_the_draws_of_training():
    student, hidden = torch.randn(50, 5), torch.randn(50, WIDTH)
    drawn = []
    for looks in (0, 3):
        gate = prepared(["a", "b", "c"], top=2, exploration=0.5)
        for _ in range(looks):
            gate.eval().select(student, hidden)
        drawn.append(gate.train().select(student, hidden))
    assert torch.equal(*drawn)


def test_without_a_floor_nobody_present_costs_nothing():
    nobody = torch.zeros(2, 1)
    assert missing_entropy(nobody, 0.0, nobody.bool()).tolist() == [0.0]


def test_preparing_again_keeps_what_it_learnt():
    gate = prepared(NAMES)
    weights = train(gate, problem(), "own", steps=5)
    gate.prepare(NAMES, WIDTH)
    close(gate(*problem()).detach().mean(1), weights)


def test_its_weight_is_by_embedding():
    gate, data, order = build(LearnedGate), batch(6), [2, 0, 1]
    before = gate(*data)
    gate.embeddings.data = gate.embeddings.data[order]
    close(gate(*data), before[order])
