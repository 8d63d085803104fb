"""The sampled-token form: unbiased against the exact reverse KL, by enumeration."""

import itertools
import math

import pytest
import torch
from torch import nn

from mtkd.functional import log_probs
from mtkd.losses import ReverseKL
from mtkd.objective import distillation_objective
from mtkd.onpolicy import PolicyGradient
from mtkd.onpolicy.weighing import weigh
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal, top_k
from mtkd.weighting import LearnedGate, TeacherEntropy, Uniform
from tests.onpolicy.models import Bigram

CLASSES, WIDTH = 4, 3
OPEN = PolicyGradient(clip=None, lowest_ratio=0.0, highest_ratio=1e9)
rng = torch.Generator().manual_seed(11)
HIDDEN = torch.randn(1, WIDTH, generator=rng, dtype=torch.float64)
WEIGHT = torch.randn(CLASSES, WIDTH, generator=rng, dtype=torch.float64)
TEACHERS = 2 * torch.randn(2, 1, CLASSES, generator=rng, dtype=torch.float64)


def recipe(aggregation="distances", weighting=None, chunk=256, names=("one", "two")):
    rule = weighting or Uniform()
    rule.prepare(names)
    return Recipe(ReverseKL(), rule, aggregation, hard_share=0.0, chunk=chunk)


def student(copies=1):
    hidden = HIDDEN.clone().requires_grad_()
    head = nn.Parameter(WEIGHT.clone())
    return hidden, head, ModelOutput(hidden=hidden.expand(copies, -1), head=OutputHead(head))


def signals(copies=1):
    return [CompleteSignal(ModelOutput(logits=t.expand(copies, -1))) for t in TEACHERS]


def pooled(copies=1):
    """Two classes of each teacher and the rest, so that most tokens are in a tail."""
    return [top_k(signal.output.dense(), 2) for signal in signals(copies)]


def by_enumeration(how, drawn_at=None, said=signals, **options):
    """Gradient of the sampled form, averaged over every token with its probability."""
    hidden, head, output = student(CLASSES)
    now = log_probs(output.dense()[0].detach())
    drawn = now if drawn_at is None else drawn_at
    total = torch.zeros((), dtype=torch.float64)
    for token in range(CLASSES):
        one = output.map(lambda values, row=token: values[row : row + 1])
        value = how.objective(
            one,
            said(),
            torch.tensor([token]),
            drawn[token : token + 1],
            torch.zeros(1, dtype=torch.int64),
            recipe(**options),
        ).loss
        total = total + drawn[token].exp() * value
    return total, torch.autograd.grad(total, [hidden, head])


def exact(said=signals, **options):
    """The reverse KL over all classes, through the objective itself."""
    hidden, head, output = student()
    zero = torch.zeros(1, dtype=torch.int64)
    value = distillation_objective(output, said(), zero, zero, recipe(**options)).loss
    return value, torch.autograd.grad(value, [hidden, head])


@pytest.mark.parametrize("aggregation", ["distances", "probabilities"])
@pytest.mark.parametrize("weighting", [Uniform(), TeacherEntropy()], ids=["uniform", "entropy"])
def test_the_mean_over_tokens_is_the_reverse_kl(aggregation, weighting):
    value, gradients = by_enumeration(OPEN, aggregation=aggregation, weighting=weighting)
    wanted, expected = exact(aggregation=aggregation, weighting=weighting)
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients, expected)


@pytest.mark.parametrize("weighting", [Uniform(), TeacherEntropy()], ids=["uniform", "entropy"])
def test_of_partial_signals_it_is_the_reverse_kl_over_their_outcomes(weighting):
    value, gradients = by_enumeration(OPEN, said=pooled, weighting=weighting)
    wanted, expected = exact(said=pooled, weighting=weighting)
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients, expected)


def test_the_ratio_mends_text_that_was_drawn_otherwise():
    old = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64).log()
    value, gradients = by_enumeration(OPEN, drawn_at=old)
    wanted, expected = exact()
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients, expected)


def one_token(how, token=1, drawn=None):
    _, head, output = student()
    now = log_probs(output.dense()[0].detach())[token]
    made = how.objective(
        output,
        signals(),
        torch.tensor([token]),
        (now if drawn is None else now + drawn).unsqueeze(0),
        torch.zeros(1, dtype=torch.int64),
        recipe(),
    )
    return made, torch.autograd.grad(made.loss, head)[0], now


def test_value_and_gradient_by_hand():
    made, gradient, log_q = one_token(PolicyGradient())
    teachers = log_probs(TEACHERS)[:, 0, 1].mean()
    assert made.soft.item() == pytest.approx((log_q - teachers).item())
    assert made.loss.item() == pytest.approx(made.soft.item())
    q = log_probs(HIDDEN @ WEIGHT.T)[0].exp()
    slope = torch.eye(CLASSES, dtype=torch.float64)[1] - q
    expected = -(teachers - log_q) * slope.unsqueeze(1) * HIDDEN
    torch.testing.assert_close(gradient, expected)
    assert (made.count, made.hard.item()) == (1, 0)


def test_the_clip_shortens_the_gradient_and_leaves_the_estimate():
    free, whole, log_q = one_token(PolicyGradient(clip=None))
    advantage = abs((log_probs(TEACHERS)[:, 0, 1].mean() - log_q).item())
    clipped, short, _ = one_token(PolicyGradient(clip=advantage / 4))
    torch.testing.assert_close(short, whole / 4)
    assert clipped.soft.item() == pytest.approx(free.soft.item())


@pytest.mark.parametrize(
    ("drawn", "factor"), [(-0.5, math.exp(0.5)), (0.4, math.exp(-0.4)), (1.0, 0), (-1.0, 0)]
)
def test_the_gate_lets_ratios_near_one_through(drawn, factor):
    _, gradient, _ = one_token(PolicyGradient(), drawn=drawn)
    torch.testing.assert_close(gradient, factor * one_token(OPEN)[1])


def test_the_ends_of_the_gate_are_let_through():
    ratios = torch.tensor([0.499, 0.5, 2.0, 2.001])
    assert PolicyGradient()._gated(ratios).tolist() == [0.0, 0.5, 2.0, 0.0]


def test_chunks_change_nothing():
    tokens = torch.tensor([0, 3, 1, 2, 2])
    results = []
    for chunk in (2, 256):
        hidden, head, output = student(5)
        made = PolicyGradient().objective(
            output,
            signals(5),
            tokens,
            -1.3 * torch.ones(5),
            torch.tensor([0, 0, 1, 1, 1]),
            recipe(weighting=TeacherEntropy(granularity="example"), chunk=chunk),
        )
        gradients = torch.autograd.grad(made.loss, [hidden, head])
        results.append([made.loss, *gradients, made.described["weight"]])
    torch.testing.assert_close(results[0], results[1])


def test_a_silent_teacher_does_not_count_and_silence_of_all_is_zero():
    both = signals(2)
    present = torch.tensor([True, False])
    quiet = [both[0].silenced(present), both[1].silenced(torch.tensor([False, False]))]
    for aggregation in ("distances", "probabilities"):
        _, head, output = student(2)
        made = OPEN.objective(
            output,
            quiet,
            torch.tensor([1, 1]),
            log_probs(output.dense())[:, 1].detach(),
            torch.tensor([0, 1]),
            recipe(aggregation),
        )
        log_q = log_probs(output.dense())[0, 1]
        expected = log_q - log_probs(TEACHERS)[0, 0, 1]
        assert made.loss.item() == pytest.approx(expected.item())
        assert made.described["weight"].tolist() == [1, 0]
        assert torch.autograd.grad(made.loss, head)[0].isfinite().all()


def test_a_teacher_that_names_one_class_is_enough():
    whole, partial = signals(), [top_k(signal.output.dense(), 1) for signal in signals()]
    token = partial[0].kept[0]
    results = []
    for said in (whole[:1], partial[:1]):
        _, head, output = student()
        drawn = log_probs(output.dense()).detach()[0, token]
        zero = torch.zeros(1, dtype=torch.int64)
        made = OPEN.objective(output, said, token, drawn, zero, recipe(names=["one"]))
        results.append(torch.autograd.grad(made.loss, head)[0])
    torch.testing.assert_close(*results)


def test_the_mean_over_texts_is_the_sum_of_each_positions_divergence():
    """All texts of two tokens: the gradient of each step's KL with the earlier steps held."""
    pupil, teacher = Bigram(3, seed=1), Bigram(3, seed=2)
    start, p = 2, teacher.table.detach().log_softmax(-1)
    sampled, wanted = (torch.zeros((), dtype=torch.float64) for _ in range(2))
    q = pupil.table.log_softmax(-1)
    for first, second in itertools.product(range(3), repeat=2):
        places, tokens = torch.tensor([start, first]), torch.tensor([first, second])
        drawn = q.detach()[places, tokens]
        made = OPEN.objective(
            ModelOutput(logits=pupil.table[places]),
            [CompleteSignal(ModelOutput(logits=teacher.table.detach()[places]))],
            tokens,
            drawn,
            torch.zeros(2, dtype=torch.int64),
            recipe(names=["one"]),
        )
        sampled = sampled + drawn.sum().exp() * made.loss
    divergence = (q.exp() * (q - p)).sum(-1)
    wanted = divergence[start] + (q.detach()[start].exp() * divergence).sum()
    torch.testing.assert_close(sampled, wanted)
    for one, other in zip(
        torch.autograd.grad(sampled, pupil.table),
        torch.autograd.grad(wanted, pupil.table),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="clip must be positive, or null for none, got 0"):
        PolicyGradient(clip=0)
    with pytest.raises(ValueError, match=r"the gate must hold the ratio 1: .* got 0.5 and 0.9"):
        PolicyGradient(highest_ratio=0.9)


def test_a_gate_looks_at_the_hidden_state_of_each_position_whatever_the_chunk():
    gate = LearnedGate(granularity="position")
    gate.prepare(("one", "two"), WIDTH)
    states = torch.randn(5, WIDTH, dtype=torch.float64)
    output = ModelOutput(hidden=states, head=OutputHead(WEIGHT))
    given = output, signals(5), torch.tensor([0, 3, 1, 2, 2]), torch.arange(5)
    whole, parts = (weigh(*given, Recipe(ReverseKL(), gate, chunk=chunk))[0] for chunk in (5, 2))
    torch.testing.assert_close(parts, whole)
    assert whole[:, 2:].std() > 0
