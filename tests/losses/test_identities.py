"""Losses that are other losses at particular parameters, and bounds from the papers."""

import math

import pytest
import torch

from mtkd.functional import entropy, log_probs
from mtkd.losses import (
    AlphaBeta,
    AlphaMixture,
    CorrelationKD,
    DecoupledKD,
    ForwardKL,
    Jeffreys,
    JensenShannon,
    LogitMSE,
    Renyi,
    ReverseKL,
    SkewedForwardKL,
    SkewedReverseKL,
    SortedL1,
    StandardizedKL,
    TemperatureMatching,
    TokenwiseKL,
    TotalVariation,
)

from .cases import gradient, random_case

STUDENT, TEACHER, LABELS = random_case(seed=1)
STUDENTS = STUDENT.expand_as(TEACHER)
CERTAIN = 50 * torch.eye(2, dtype=torch.float64)


def value(loss, student=STUDENTS, teacher=TEACHER):
    return loss(student, teacher, LABELS)


def same(first, second, **tolerances):
    torch.testing.assert_close(first, second, **tolerances)


def test_tokenwise_has_the_value_of_both_kl_and_another_gradient():
    both = value(ForwardKL()) + value(ReverseKL())
    same(value(TokenwiseKL()), both)
    same(value(Jeffreys()), both / 2)
    slope = gradient(TokenwiseKL(), STUDENT, TEACHER[0], LABELS)
    assert (slope - 2 * gradient(Jeffreys(), STUDENT, TEACHER[0], LABELS)).abs().max() > 0.1
    flat = gradient(TokenwiseKL(0.0), STUDENT, TEACHER[0], LABELS)
    same(value(TokenwiseKL(0.0)), both / 2)
    same(flat, gradient(Jeffreys(), STUDENT, TEACHER[0], LABELS))


def test_alpha_beta_at_its_named_corners():
    same(value(AlphaBeta(1, 0)), value(ForwardKL()))
    same(value(AlphaBeta(0, 1)), value(ReverseKL()))
    overlap = ((log_probs(STUDENTS) + log_probs(TEACHER)) / 2).exp().sum(-1)
    same(value(AlphaBeta(0.5, 0.5)), 4 * (1 - overlap))
    same(value(AlphaBeta(0.3, 0.9)), value(AlphaBeta(0.9, 0.3), TEACHER, STUDENTS))


@pytest.mark.parametrize(("edge", "near"), [((0.8, 0.0), (0.8, 0.01)), ((0.0, 0.8), (0.01, 0.8))])
def test_alpha_beta_with_an_exponent_of_zero_is_the_limit(edge, near):
    same(value(AlphaBeta(*edge)), value(AlphaBeta(*near)), rtol=0.1, atol=0)
    jump = (value(AlphaBeta(*edge)) / 0.8 - value(AlphaBeta(*near))).abs() / value(AlphaBeta(*near))
    assert jump.min() > 0.1


def test_alpha_mixture_between_arithmetic_and_geometric():
    same(value(AlphaMixture(-1, 0.3)), value(SkewedForwardKL(0.3)))
    near = (value(AlphaMixture(0.98, 0.3)) + value(AlphaMixture(1.02, 0.3))) / 2
    same(value(AlphaMixture(1, 0.3)), near, rtol=1e-2, atol=1e-4)


def test_jensen_shannon_is_symmetric_at_one_half_only_and_bounded():
    same(value(JensenShannon()), value(JensenShannon(), TEACHER, STUDENTS))
    apart = value(JensenShannon(0.2)) - value(JensenShannon(0.2), TEACHER, STUDENTS)
    assert apart.abs().max() > 0.01
    same(value(JensenShannon(0.2)), value(JensenShannon(0.8), TEACHER, STUDENTS))
    assert value(JensenShannon(), *CERTAIN).item() == pytest.approx(math.log(2))


def test_ends_of_the_mixtures_are_the_two_kl():
    same(value(JensenShannon(1e-6)) / 1e-6, value(ForwardKL()), rtol=1e-3, atol=0)
    same(value(JensenShannon(1 - 1e-6)) / 1e-6, value(ReverseKL()), rtol=1e-3, atol=0)
    same(value(SkewedForwardKL(1e-6)), value(ForwardKL()), rtol=1e-3, atol=0)
    same(value(SkewedReverseKL(1e-6)), value(ReverseKL()), rtol=1e-3, atol=0)
    same(value(SkewedForwardKL(0.3)), value(SkewedReverseKL(0.3), TEACHER, STUDENTS))


@pytest.mark.parametrize("loss", [SkewedForwardKL(0.2), SkewedReverseKL(0.2)])
def test_skewed_losses_cost_at_most_minus_log_share(loss):
    assert value(loss, *CERTAIN).item() == pytest.approx(-math.log(0.2))


def test_renyi_is_skew_symmetric_grows_with_its_order_and_tends_to_kl():
    same(value(Renyi(0.3)), 0.3 / 0.7 * value(Renyi(0.7), TEACHER, STUDENTS))
    values = torch.stack([value(Renyi(order)) for order in (0.2, 0.5, 0.99, 1.01, 2, 20)])
    assert (values.diff(dim=0) > 0).all()
    same((values[2] + values[3]) / 2, value(ForwardKL()), rtol=1e-2, atol=0)


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_temperature_matching_is_kl_minus_a_renyi_entropy(temperature):
    student, teacher = log_probs(STUDENT), log_probs(TEACHER, temperature)
    order = 1 / temperature
    renyi_entropy = (order * student).logsumexp(-1) / (1 - order)
    kl = value(ForwardKL(temperature)) / temperature**2
    right = temperature * kl + (temperature - 1) * (entropy(teacher) - renyi_entropy)
    same(value(TemperatureMatching(temperature)), right)


def test_decoupled_parts_make_up_forward_kl():
    label = LABELS.expand(TEACHER.shape[:-1]).unsqueeze(-1)
    rest = 1 - log_probs(TEACHER).exp().gather(-1, label).squeeze(-1)
    parts = value(DecoupledKD(1, 0, 1.0)) + rest * value(DecoupledKD(0, 1, 1.0))
    same(parts, value(ForwardKL()))


def test_logit_mse_is_twice_forward_kl_at_high_temperature():
    same(value(LogitMSE()), 2 * value(ForwardKL(1000.0)), rtol=1e-2, atol=0)


def test_standardized_and_correlation_ignore_the_scale_of_the_teacher():
    same(value(StandardizedKL(), teacher=5 * TEACHER), value(StandardizedKL()), rtol=1e-6, atol=0)
    stretched = (0.5 * log_probs(TEACHER).exp() + 0.5 / TEACHER.shape[-1]).log()
    same(value(CorrelationKD(1, 0), teacher=stretched), value(CorrelationKD(1, 0)))
    assert (value(ForwardKL(), teacher=stretched) - value(ForwardKL())).abs().max() > 0.1


def test_sorted_l1_sees_no_permutation_and_never_exceeds_the_total_variation():
    shuffled = TEACHER.flip(-1)
    same(value(SortedL1(), teacher=shuffled), value(SortedL1()))
    assert (value(SortedL1(), TEACHER, shuffled) < 1e-12).all()
    assert (value(SortedL1()) <= 2 * value(TotalVariation()) + 1e-12).all()
