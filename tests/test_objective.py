"""The objective against a plain, unchunked one written with autograd."""

import inspect
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import mtkd.losses
import mtkd.weighting
from mtkd.functional import log_probs
from mtkd.losses import CorrelationKD, ForwardKL, ReverseKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import AGGREGATIONS, Recipe
from mtkd.signals import CompleteSignal, top_k
from mtkd.weighting import Fixed, LearnedGate, TeacherEntropy, Uniform

POSITIONS, CLASSES, WIDTH = 7, 5, 4
TEACHERS = ("first", "second", "third")
LOSSES = [getattr(mtkd.losses, name) for name in mtkd.losses.__all__]
LOSSES = [cls for cls in LOSSES if not inspect.isabstract(cls)]
WEIGHTINGS = [getattr(mtkd.weighting, name) for name in mtkd.weighting.__all__]
WEIGHTINGS = [cls for cls in WEIGHTINGS if not inspect.isabstract(cls)]


def build(weighting, granularity="position"):
    """A weighting of the class, prepared for the three teachers."""
    options = {
        "Fixed": {"weights": {"first": 1.0, "second": 2.0, "third": 0.5}},
        "StudentEntropy": {"order": list(TEACHERS)},
    }
    made = weighting(**options.get(weighting.__name__, {}), granularity=granularity)
    made.prepare(TEACHERS, WIDTH)
    return made.double()


def tensors(positions=POSITIONS, seed=0):
    """Hidden states, head, teachers' logits, labels and examples in float64."""
    rng = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)  # noqa: E731
    hidden, weight, bias = draw(positions, WIDTH), draw(CLASSES, WIDTH), draw(CLASSES)
    labels = torch.randint(CLASSES, (positions,), generator=rng)
    return hidden, weight, bias, 2 * draw(len(TEACHERS), positions, CLASSES), labels


def plain(hidden, weight, bias, teachers, labels, examples, recipe, present=None):
    """The whole objective at once: `[position]` losses summed, by autograd."""
    logits = hidden @ weight.T + bias
    weights = recipe.weighting(
        logits.detach(), teachers, labels, hidden.detach(), present, examples
    )
    temperature = recipe.loss.temperature
    distances = recipe.loss(logits, teachers, labels)
    hard = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    fixed = weights.detach()
    if recipe.aggregation == "distances":
        soft = (fixed * distances).sum(0)
    elif recipe.aggregation == "logits":
        soft = recipe.loss(logits, (fixed[..., None] * teachers).sum(0), labels)
    else:
        mixed = (fixed[..., None] * log_probs(teachers, temperature).exp()).sum(0)
        soft = recipe.loss(logits, temperature * mixed.log(), labels)
    truth = log_probs(teachers).gather(-1, labels.expand(3, -1)[..., None])[..., 0]
    own = recipe.weighting.own_loss(weights, truth, distances.detach(), present)
    value = recipe.hard_share * hard.sum() + (1 - recipe.hard_share) * soft.sum()
    return value, (own.sum() if own is not None else torch.zeros(()))


def chunked(hidden, weight, bias, teachers, labels, examples, recipe, present=None, head=True):
    signals = [
        CompleteSignal(ModelOutput(logits=t), None if present is None else present[k])
        for k, t in enumerate(teachers)
    ]
    if head:
        student = ModelOutput(hidden=hidden, head=OutputHead(weight, bias))
    else:
        student = ModelOutput(logits=hidden @ weight.T + bias, hidden=hidden)
    found = distillation_objective(student, signals, labels, examples, recipe)
    return found.loss, found.own


def assert_same(recipe, examples=None, present=None, head=True, positions=POSITIONS):
    *leaves, teachers, labels = tensors(positions)
    examples = torch.arange(positions) if examples is None else examples
    gate = [p for p in recipe.weighting.parameters() if p.requires_grad]
    results = []
    for compute in (plain, chunked):
        for leaf in [*leaves, *gate]:
            leaf.grad = None
            leaf.requires_grad_()
        options = {} if compute is plain else {"head": head}
        value, own = compute(*leaves, teachers, labels, examples, recipe, present, **options)
        (value + own).backward()
        results.append([value, own, *(leaf.grad for leaf in [*leaves, *gate])])
    for expected, found in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, check_dtype=False)


@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize("chunk", [1, 3, 256])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_gives_the_same_value_and_gradients_in_chunks(loss, chunk, head):
    recipe = Recipe(loss(), build(TeacherEntropy), hard_share=0.3, chunk=chunk)
    assert_same(recipe, head=head)


@pytest.mark.parametrize("granularity", ["position", "example", "batch"])
@pytest.mark.parametrize("chunk", [2, 256])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_every_weighting_gives_the_same_value_and_gradients_in_chunks(
    weighting, chunk, granularity
):
    made = build(weighting, granularity)
    recipe = Recipe(ReverseKL(2.0), made, hard_share=0.3, chunk=chunk)
    assert_same(recipe, examples=torch.tensor([0, 0, 1, 1, 1, 2, 3]))


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_every_weighting_leaves_out_absent_teachers(weighting):
    present = torch.tensor([[1, 0, 1, 1, 0, 1, 1], [1, 1, 0, 1, 0, 0, 1], [1, 0, 0, 1, 1, 1, 1]])
    recipe = Recipe(ForwardKL(2.0), build(weighting), hard_share=0.3, chunk=2)
    assert_same(recipe, present=present.bool())


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_every_aggregation_gives_the_same_value_and_gradients_in_chunks(aggregation):
    recipe = Recipe(ForwardKL(2.0), build(TeacherEntropy), aggregation, hard_share=0.2, chunk=3)
    assert_same(recipe)


@settings(max_examples=25, deadline=None)
@given(positions=st.integers(1, 9), chunk=st.integers(1, 10), seed=st.integers(0, 99))
def test_any_number_of_positions_and_any_chunk(positions, chunk, seed):
    rng = torch.Generator().manual_seed(seed)
    present = torch.rand(3, positions, generator=rng) < 0.6
    recipe = Recipe(ForwardKL(2.0), build(TeacherEntropy), hard_share=0.4, chunk=chunk)
    assert_same(recipe, present=present, positions=positions)


def student_gradient(loss, aggregation, seed=3):
    hidden, weight, bias, teachers, labels = tensors(seed=seed)
    logits = (hidden @ weight.T + bias).requires_grad_()
    recipe = Recipe(loss, build(TeacherEntropy), aggregation, hard_share=0.0)
    signals = [CompleteSignal(ModelOutput(logits=t)) for t in teachers]
    found = distillation_objective(
        ModelOutput(logits=logits), signals, labels, torch.arange(POSITIONS), recipe
    )
    found.loss.backward()
    return logits.grad


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), temperature=st.sampled_from([0.5, 1.0, 4.0]))
def test_forward_kl_of_distances_and_of_probabilities_have_one_gradient(seed, temperature):
    loss = ForwardKL(temperature)
    torch.testing.assert_close(
        student_gradient(loss, "distances", seed), student_gradient(loss, "probabilities", seed)
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), temperature=st.sampled_from([0.5, 1.0, 4.0]))
def test_reverse_kl_of_distances_and_of_logits_have_one_gradient(seed, temperature):
    loss = ReverseKL(temperature)
    torch.testing.assert_close(
        student_gradient(loss, "distances", seed), student_gradient(loss, "logits", seed)
    )


def test_the_crossed_pairs_do_differ():
    for loss, other in [(ForwardKL(), "logits"), (ReverseKL(), "probabilities")]:
        gap = student_gradient(loss, "distances") - student_gradient(loss, other)
        assert gap.abs().max() > 0.01


def test_gradient_by_hand_at_one_position():
    logits = torch.tensor([[0.0, math.log(3)]], requires_grad=True)
    teacher = torch.tensor([[math.log(4), 0.0]])
    weighting = Uniform()
    weighting.prepare(("only",), None)
    found = distillation_objective(
        ModelOutput(logits=logits),
        [CompleteSignal(ModelOutput(logits=teacher))],
        torch.tensor([1]),
        torch.tensor([0]),
        Recipe(ForwardKL(), weighting, hard_share=0.25),
    )
    found.loss.backward()
    # q = (1/4, 3/4), p = (4/5, 1/5), label 1: (1/4)(q - e_1) + (3/4)(q - p).
    first = 0.25 * (1 / 4) + 0.75 * (1 / 4 - 4 / 5)
    torch.testing.assert_close(logits.grad, torch.tensor([[first, -first]]))
    forward = 0.8 * math.log(0.8 / 0.25) + 0.2 * math.log(0.2 / 0.75)
    assert found.loss.item() == pytest.approx(0.25 * math.log(4 / 3) + 0.75 * forward)
    assert (found.hard.item(), found.soft.item()) == pytest.approx((math.log(4 / 3), forward))


def test_no_counted_position_costs_nothing_and_moves_nothing():
    hidden, weight, bias, teachers, labels = tensors()
    leaves = [hidden[:0].requires_grad_(), weight.requires_grad_(), bias.requires_grad_()]
    recipe = Recipe(ForwardKL(), build(LearnedGate), hard_share=0.5)
    loss, own = chunked(*leaves, teachers[:, :0], labels[:0], labels[:0], recipe)
    (loss + own).backward()
    assert loss.item() == 0
    assert all(leaf.grad is None or not leaf.grad.any() for leaf in leaves)


def test_an_unlabelled_position_has_no_labels_part_but_still_a_teacher():
    hidden, weight, bias, teachers, _ = tensors(positions=1)
    recipe = Recipe(ForwardKL(), build(Uniform), hard_share=0.5)
    nothing = torch.tensor([-1])
    signals = [CompleteSignal(ModelOutput(logits=t)) for t in teachers]
    student = ModelOutput(logits=hidden @ weight.T + bias)
    found = distillation_objective(student, signals, nothing, torch.tensor([0]), recipe)
    assert found.hard.item() == 0
    assert found.loss.item() == pytest.approx(0.5 * found.soft.item())
    assert found.soft.item() > 0


def test_a_partial_teacher_beside_complete_ones():
    hidden, weight, bias, teachers, labels = tensors()
    logits = (hidden @ weight.T + bias).requires_grad_()
    signals = [CompleteSignal(ModelOutput(logits=teachers[0])), top_k(teachers[1], 2, 2.0)]
    weighting = Fixed({"whole": 1.0, "part": 3.0})
    weighting.prepare(("whole", "part"), None)
    recipe = Recipe(ForwardKL(2.0), weighting, hard_share=0.0, chunk=3)
    found = distillation_objective(
        ModelOutput(logits=logits), signals, labels, torch.arange(POSITIONS), recipe
    )
    loss = ForwardKL(2.0)
    part = signals[1].view(logits, labels, 2.0)
    expected = 0.25 * loss(logits, teachers[0], labels) + 0.75 * loss(*part)
    torch.testing.assert_close(found.loss, expected.sum())
    found.loss.backward()
    (gradient,) = torch.autograd.grad(expected.sum(), logits)
    torch.testing.assert_close(logits.grad, gradient)


def test_half_precision_weights_are_computed_in_float32():
    hidden, weight, bias, teachers, labels = tensors()
    half = [t.bfloat16().requires_grad_() for t in (hidden, weight, bias)]
    recipe = Recipe(ForwardKL(2.0), build(Uniform), hard_share=0.5, chunk=2)
    loss, _ = chunked(*half, teachers.bfloat16(), labels, torch.arange(POSITIONS), recipe)
    loss.backward()
    assert loss.dtype == torch.float32
    assert all(leaf.grad.dtype == torch.bfloat16 for leaf in half)


def test_a_frozen_head_gets_no_gradient():
    hidden, weight, bias, teachers, labels = tensors()
    hidden.requires_grad_()
    recipe = Recipe(ForwardKL(), build(Uniform))
    loss, _ = chunked(hidden, weight, bias, teachers, labels, torch.arange(POSITIONS), recipe)
    loss.backward()
    assert weight.grad is None
    assert hidden.grad.abs().sum() > 0


def test_without_gradients_only_values_are_made():
    *leaves, teachers, labels = tensors()
    recipe = Recipe(ForwardKL(), build(LearnedGate))
    with torch.no_grad():
        quiet, own = chunked(*leaves, teachers, labels, torch.arange(POSITIONS), recipe)
    loud, _ = chunked(
        *(leaf.requires_grad_() for leaf in leaves), teachers, labels, torch.arange(7), recipe
    )
    assert not quiet.requires_grad
    assert not own.requires_grad
    torch.testing.assert_close(quiet, loud.detach())


def test_details_are_sums_over_positions():
    hidden, weight, bias, teachers, labels = tensors()
    student = ModelOutput(logits=hidden @ weight.T + bias)
    teachers[0] = student.logits
    present = torch.tensor([True, True, False, False, False, False, False])
    signals = [CompleteSignal(ModelOutput(logits=t)) for t in teachers]
    signals[1] = signals[1].silenced(present)
    recipe = Recipe(ForwardKL(), build(Uniform), chunk=3)
    described = distillation_objective(
        student, signals, labels, torch.arange(7), recipe, detail=True
    ).described
    assert described["agreement"][0].item() == 7
    assert described["coverage"].tolist() == [7, 2, 7]
    assert described["distance"][0].item() == pytest.approx(0, abs=1e-9)
    assert described["weight"].tolist() == pytest.approx([2 / 3 + 5 / 2, 2 / 3, 2 / 3 + 5 / 2])
    assert described["accuracy"].item() == (student.logits.argmax(-1) == labels).sum()


def test_a_loss_that_looks_across_positions_is_not_chunked():
    assert not CorrelationKD().row_wise
    assert_same(Recipe(CorrelationKD(), build(Uniform), chunk=2))
