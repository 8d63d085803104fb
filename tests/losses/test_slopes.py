"""Derivatives that divergences give themselves, against autograd; and the order of classes."""

import inspect
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import mtkd.losses
from mtkd.functional import IMPOSSIBLE, kl_divergence
from mtkd.losses import (
    AlphaBeta,
    AlphaMixture,
    CorrelationKD,
    Divergence,
    ForwardKL,
    Renyi,
    SharedAndSorted,
)
from mtkd.losses.ranks import DEEP, FEW, head, ranked, sorted_log_probs
from mtkd.losses.softened import Softened

EXPORTED = [getattr(mtkd.losses, name) for name in mtkd.losses.__all__]
BUILT = [cls() for cls in EXPORTED if not inspect.isabstract(cls) and issubclass(cls, Divergence)]
OTHERS = [
    AlphaBeta(0, 0.7),
    AlphaBeta(0.4, 0),
    AlphaBeta(1.5, 0.5),
    AlphaMixture(order=1),
    AlphaMixture(order=3),
    AlphaMixture(order=-2, share=0.2),
    Renyi(2.0),
    mtkd.losses.JensenShannon(0.2),
]
SLOPED = [loss for loss in [*BUILT, *OTHERS] if loss.has_slope]


def pair(seed=0, spread=4.0, dtype=torch.float64, classes=40):
    """Log-probabilities of a student and a teacher, `[5, classes]`."""
    rng = torch.Generator().manual_seed(seed)
    drawn = spread * torch.randn(2, 5, classes, generator=rng, dtype=dtype)
    return drawn.log_softmax(-1)


def by_autograd(loss, student, teacher):
    student = student.clone().requires_grad_()
    value = loss.divergence(student, teacher)
    (slope,) = torch.autograd.grad(value.sum(), student)
    return value.detach(), slope


def by_hand(loss, student, teacher):
    """Value and slope; the teacher is given away."""
    return loss.with_slope(Softened(student), Softened(teacher.clone()))


def test_every_divergence_of_one_position_gives_its_slope():
    assert {type(loss) for loss in BUILT if not loss.has_slope} == {CorrelationKD}


@pytest.mark.parametrize("share", [None, 0.3, 1.0])
def test_the_slope_of_two_vocabularies_counts_both_parts(share):
    logits = 3 * torch.randn(2, 5, 40, generator=torch.Generator().manual_seed(2)).double()
    logits[0, :, :7] = logits[1, :, 20:31] = logits[:, :, 35] = IMPOSSIBLE
    student, teacher = logits.log_softmax(-1)
    loss = SharedAndSorted(sorted_share=share)
    found = by_hand(loss, student, teacher)
    torch.testing.assert_close(found, by_autograd(loss, student, teacher), rtol=1e-6, atol=1e-9)
    shared = by_hand(loss.shared, student, teacher)[1]
    assert not torch.allclose(found[1], shared, rtol=1e-2)


@pytest.mark.parametrize("loss", SLOPED, ids=lambda loss: loss.formula)
class TestEverySlope:
    @pytest.mark.parametrize("spread", [0.1, 1.0, 8.0])
    def test_is_the_derivative_autograd_finds(self, loss, spread):
        student, teacher = pair(spread=spread)
        found = by_hand(loss, student, teacher)
        torch.testing.assert_close(found, by_autograd(loss, student, teacher), rtol=1e-6, atol=1e-9)

    def test_is_finite_where_classes_are_impossible(self, loss):
        logits = torch.randn(2, 5, 40, generator=torch.Generator().manual_seed(1))
        logits[0, :, 3] = logits[1, :, 4] = logits[:, :, 5] = IMPOSSIBLE
        student, teacher = logits.log_softmax(-1)
        value, slope = by_hand(loss, student, teacher)
        assert value.isfinite().all()
        assert slope.isfinite().all()
        torch.testing.assert_close(value, loss.divergence(student, teacher), rtol=1e-4, atol=1e-5)

    def test_leaves_the_student_to_the_next_teacher(self, loss):
        student, teacher = pair()
        shared = Softened(student.clone())
        for _ in range(2):
            value, slope = loss.with_slope(shared, Softened(teacher.clone()))
            value.zero_()
            slope.zero_()
            assert torch.equal(shared.log_probs, student)
            assert torch.equal(shared.probs, student.exp())


def test_a_power_mean_too_small_for_float32_is_made_from_logarithms():
    student, teacher = torch.tensor([[5000.0, 0.0, 0.0], [0.0, 0.0, 5000.0]]).log_softmax(-1)
    value, slope = by_hand(AlphaMixture(order=0.99), student, teacher)
    torch.testing.assert_close(value, torch.tensor(math.log(2)))
    torch.testing.assert_close(slope, torch.tensor([0.5, 0.0, 0.0]), rtol=1e-4, atol=1e-4)


def test_a_subclass_that_changes_the_divergence_does_not_inherit_its_slope():
    class Doubled(ForwardKL):
        def divergence(self, student, teacher):
            return 2 * kl_divergence(teacher, student)

    class Softened(ForwardKL):
        def forward(self, student_logits, teacher_logits, labels):
            return super().forward(student_logits, 2 * teacher_logits, labels)

    class Renamed(ForwardKL):
        expression = "mine"

    assert not Doubled().has_slope
    assert not Softened().has_slope
    assert Renamed().has_slope


def test_a_divergence_without_a_slope_says_so():
    class Own(Divergence):
        def divergence(self, student, teacher):
            return kl_divergence(teacher, student)

    assert not Own().has_slope
    with pytest.raises(NotImplementedError, match="Own leaves its slope to autograd"):
        Own().with_slope(*map(Softened, pair()))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 9999), levels=st.integers(1, 12), dtype=st.sampled_from([32, 64]))
def test_classes_are_ranked_as_torch_ranks_them_ties_included(seed, levels, dtype):
    rng = torch.Generator().manual_seed(seed)
    log_p = -torch.randint(levels, (3, 2, 17), generator=rng).to(getattr(torch, f"float{dtype}"))
    log_p = log_p * torch.rand((), generator=rng)
    expected = log_p.sort(dim=-1, descending=True, stable=True)
    values, classes = ranked(log_p)
    assert torch.equal(values, expected.values)
    assert torch.equal(classes, expected.indices)
    assert torch.equal(sorted_log_probs(log_p), expected.values)


@pytest.mark.parametrize("classes", [1, 6, 9 * FEW, 2 * DEEP * FEW + 40])
@pytest.mark.parametrize("mass", [0.01, 0.5, 0.999])
@pytest.mark.parametrize("levels", [3, 10**6])
def test_the_head_is_the_first_ranks_whose_mass_fits(classes, mass, levels):
    rng = torch.Generator().manual_seed(classes)
    drawn = torch.randint(levels, (4, classes), generator=rng, dtype=torch.float64)
    log_p = (4 * drawn / levels).log_softmax(-1)
    order = log_p.sort(dim=-1, descending=True, stable=True)
    inside = order.values.exp().cumsum(-1) <= mass
    inside[:, 0] = True
    expected = torch.zeros(4, classes, dtype=torch.bool).scatter(-1, order.indices, inside)
    assert torch.equal(head(log_p, mass), expected.double())


def test_the_head_holds_just_its_mass():
    log_p = torch.tensor([0.25, 0.5, 0.125, 0.125], dtype=torch.float64).log()
    assert float(log_p.exp()[:2].sum()) == 0.75
    assert head(log_p, 0.75).tolist() == [1, 1, 0, 0]
    assert head(log_p, 0.74).tolist() == [0, 1, 0, 0]
