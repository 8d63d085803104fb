"""Gradients that are known in closed form, and those that are detached on purpose."""

import pytest
import torch

from mtkd.functional import kl_divergence, log_probs
from mtkd.losses import (
    AdaptiveKL,
    DecoupledKD,
    ForwardKL,
    LogitMSE,
    NormalizedKD,
    ReverseKL,
    SortedL1,
    TemperatureMatching,
    TokenwiseKL,
    TotalVariation,
)

from .cases import gradient, random_case

STUDENT, TEACHERS, LABELS = random_case(seed=2)
TEACHER = TEACHERS[0]


def derivative(loss):
    """Central differences of the sum of all values."""
    step, slopes = 1e-6, torch.zeros_like(STUDENT)
    for place in range(STUDENT.numel()):
        nudge = torch.zeros(STUDENT.numel(), dtype=STUDENT.dtype)
        nudge[place] = step
        nudge = nudge.view_as(STUDENT)
        higher = loss(STUDENT + nudge, TEACHER, LABELS).sum()
        lower = loss(STUDENT - nudge, TEACHER, LABELS).sum()
        slopes.view(-1)[place] = (higher - lower) / (2 * step)
    return slopes


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_forward_kl_gradient_is_temperature_times_probability_gap(temperature):
    gap = (STUDENT / temperature).softmax(-1) - (TEACHER / temperature).softmax(-1)
    slope = gradient(ForwardKL(temperature), STUDENT, TEACHER, LABELS)
    torch.testing.assert_close(slope, temperature * gap)


def test_reverse_kl_gradient_vanishes_with_the_students_probability():
    log_p, log_q = log_probs(TEACHER), log_probs(STUDENT)
    excess = log_q - log_p - kl_divergence(log_q, log_p).unsqueeze(-1)
    slope = gradient(ReverseKL(), STUDENT, TEACHER, LABELS)
    torch.testing.assert_close(slope, log_q.exp() * excess)


@pytest.mark.parametrize("temperature", [0.5, 4.0])
def test_temperature_matching_gradient_does_not_shrink_with_temperature(temperature):
    gap = STUDENT.softmax(-1) - (TEACHER / temperature).softmax(-1)
    slope = gradient(TemperatureMatching(temperature), STUDENT, TEACHER, LABELS)
    torch.testing.assert_close(slope, gap)


def test_logit_mse_gradient_is_the_centred_gap():
    gap = STUDENT - TEACHER
    slope = gradient(LogitMSE(), STUDENT, TEACHER, LABELS)
    torch.testing.assert_close(slope, 2 * (gap - gap.mean(-1, keepdim=True)) / gap.shape[-1])


def test_adaptive_weights_are_not_pushed():
    with torch.no_grad():
        forward, reverse = (cls()(STUDENT, TEACHER, LABELS) for cls in (ForwardKL, ReverseKL))
        weight = (AdaptiveKL()(STUDENT, TEACHER, LABELS) - reverse) / (forward - reverse)
    assert ((weight > 0) & (weight < 1)).all()

    def frozen(student, teacher, labels):
        first, second = ForwardKL()(student, teacher, labels), ReverseKL()(student, teacher, labels)
        return weight * first + (1 - weight) * second

    slope = gradient(AdaptiveKL(), STUDENT, TEACHER, LABELS)
    torch.testing.assert_close(slope, derivative(frozen), rtol=1e-5, atol=1e-7)
    assert (slope - derivative(AdaptiveKL())).abs().max() > 0.1


@pytest.mark.parametrize("steepness", [1.0, 2.5])
def test_tokenwise_weights_are_not_pushed(steepness):
    p, q = TEACHER.softmax(-1), STUDENT.softmax(-1)
    weight = (p**steepness) / (p**steepness + q**steepness)

    def frozen(student, teacher, labels):
        gap = log_probs(teacher) - log_probs(student)
        forward, reverse = log_probs(teacher).exp() * gap, -log_probs(student).exp() * gap
        return (weight * forward + (1 - weight) * reverse).sum(-1)

    loss = TokenwiseKL(steepness)
    slope = gradient(loss, STUDENT, TEACHER, LABELS)
    torch.testing.assert_close(slope, derivative(frozen), rtol=1e-5, atol=1e-7)
    assert (slope - derivative(loss)).abs().max() > 0.1


@pytest.mark.parametrize("loss", [DecoupledKD(temperature=1.0), NormalizedKD()])
def test_labels_decide_what_the_two_decoupled_losses_do(loss):
    other = (LABELS + 1) % STUDENT.shape[-1]
    assert (loss(STUDENT, TEACHER, LABELS) != loss(STUDENT, TEACHER, other)).all()


def test_ties_are_ranked_by_class_index():
    tied, steep = torch.zeros(1, 3), torch.tensor([[0.0, 1.0, 2.0]])
    label = torch.zeros(1, dtype=torch.int64)
    # All three students' probabilities are 1/3; the first is compared with the largest of p.
    p = steep.softmax(-1)[0].flip(0)
    sign = (1 / 3 - p).sign()
    expected = (sign - sign.mean()) / 3
    torch.testing.assert_close(gradient(SortedL1(), tied, steep, label)[0], expected)
    # Two classes of the teacher are likeliest; the first alone is the head.
    teacher, student = torch.tensor([[1.0, 1.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.5]])
    gap = (teacher.softmax(-1) - student.softmax(-1)).abs()[0]
    weight = gap[0] / gap.sum()
    forward, reverse = ForwardKL()(student, teacher, label), ReverseKL()(student, teacher, label)
    value = AdaptiveKL(0.5)(student, teacher, label)
    torch.testing.assert_close(value, weight * forward + (1 - weight) * reverse)


@pytest.mark.parametrize("loss", [TotalVariation(), SortedL1()])
def test_absolute_distances_have_no_gradient_where_equal(loss):
    assert (gradient(loss, STUDENT, STUDENT, LABELS) == 0).all()
