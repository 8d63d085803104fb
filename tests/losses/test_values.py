"""One value by hand per class, where swapping p and q or a share, or dropping a factor, shows."""

import math
from statistics import correlation, mean, pvariance, stdev

import pytest
import torch

from mtkd.losses import (
    AdaptiveKL,
    AlphaBeta,
    AlphaMixture,
    CorrelationKD,
    DecoupledKD,
    ForwardKL,
    Jeffreys,
    JensenShannon,
    LogitMSE,
    NormalizedKD,
    Renyi,
    ReverseKL,
    SharedAndSorted,
    SkewedForwardKL,
    SkewedReverseKL,
    SortedL1,
    StandardizedKL,
    TemperatureMatching,
    TokenwiseKL,
    TotalVariation,
)

from .cases import CLASSES_TO_USE

ln = math.log
# Not sorted, no two gaps alike; the label is class 1, the likeliest of p and not of q.
P, Q = (1 / 8, 1 / 2, 3 / 8), (1 / 2, 1 / 4, 1 / 4)
LABEL = torch.tensor(1)


def kl(first, second):
    return sum(a * ln(a / b) for a, b in zip(first, second, strict=True))


def normalised(values):
    return [value / sum(values) for value in values]


def standardised(values):
    return [(value - mean(values)) / (stdev(values) + 1e-7) for value in values]


def soft(probabilities, temperature):
    values = standardised([ln(probability) for probability in probabilities])
    return normalised([math.exp(value / temperature) for value in values])


def over(function):
    """Sum over the classes of a function of p and q."""
    return sum(function(p, q) for p, q in zip(P, Q, strict=True))


FORWARD = ln(1 / 4) / 8 + ln(2) / 2 + ln(3 / 2) * 3 / 8
REVERSE = ln(4) / 2 + ln(1 / 2) / 4 + ln(2 / 3) / 4
# The mixtures are (13/32, 5/16, 9/32) and, reversed, (7/32, 7/16, 11/32).
TO_TEACHER = ln(4 / 13) / 8 + ln(8 / 5) / 2 + ln(4 / 3) * 3 / 8
TO_STUDENT = ln(16 / 13) / 2 + ln(4 / 5) / 4 + ln(8 / 9) / 4
CASES = [
    (ForwardKL(), FORWARD),
    (ReverseKL(), REVERSE),
    (Jeffreys(), (FORWARD + REVERSE) / 2),
    (TotalVariation(), 3 / 8),
    (SortedL1(), 1 / 8 + 1 / 8),
    (JensenShannon(0.25), TO_TEACHER / 4 + TO_STUDENT * 3 / 4),
    (SharedAndSorted(0.25), TO_TEACHER / 4 + TO_STUDENT * 3 / 4),  # no token is unshared here
    (SkewedForwardKL(0.25), TO_TEACHER),
    (SkewedReverseKL(0.25), ln(16 / 7) / 2 + ln(4 / 7) / 4 + ln(8 / 11) / 4),
    # Order 3 is the harmonic mean: (2/7, 2/7, 3/11), normalised.
    (AlphaMixture(3, 0.25), kl(P, (22 / 65, 22 / 65, 21 / 65))),
    # Order 1 is (p q^3)^(1/4), normalised, and p q^3 is (8, 4, 3) / 512.
    (AlphaMixture(1, 0.25), kl(P, normalised([8**0.25, 4**0.25, 3**0.25]))),
    # The head is class 1, then classes 1 and 2; gaps are 3/8, 1/4, 1/8.
    (AdaptiveKL(0.4), FORWARD / 3 + REVERSE * 2 / 3),
    (AdaptiveKL(0.6), FORWARD / 3 + REVERSE * 2 / 3),
    (AdaptiveKL(0.9), FORWARD / 2 + REVERSE / 2),
    # The weights are r^2 / (1 + r^2) with r = p / q.
    (
        TokenwiseKL(2),
        (ln(1 / 4) / 8 / 17 + ln(4) / 2 * 16 / 17)
        + (ln(2) / 2 * 4 / 5 + ln(1 / 2) / 4 / 5)
        + (ln(3 / 2) * 3 / 8 * 9 / 13 + ln(2 / 3) / 4 * 4 / 13),
    ),
    (AlphaBeta(2, 1), over(lambda p, q: 2 / 3 * p**3 + q**3 / 3 - p * p * q) / 2),
    (AlphaBeta(2, 0), over(lambda p, q: p * p * 2 * ln(p / q) - p * p + q * q) / 4),
    (AlphaBeta(0, 2), over(lambda p, q: q * q * 2 * ln(q / p) - q * q + p * p) / 4),
    (Renyi(2), ln(1 / 32 + 1 + 9 / 16)),
    (Renyi(0.5), -2 * ln(1 / 4 + math.sqrt(1 / 8) + math.sqrt(3 / 32))),
    # At temperature 1/2 p is (1, 16, 9) / 26 and q is (4, 1, 1) / 6.
    (TemperatureMatching(0.5), ln(1 / 13) / 26 + ln(32 / 13) * 16 / 26 + ln(18 / 13) * 9 / 26),
    (
        DecoupledKD(2, 3, temperature=0.5),
        (ln(48 / 13) * 8 / 13 + ln(6 / 13) * 5 / 13) * 2 / 4
        + (ln(1 / 8) / 10 + ln(9 / 2) * 9 / 10) * 3 / 4,
    ),
    (NormalizedKD(2, temperature=0.5), ln(4) / 2 + 2 / 4 * (ln(5 / 4) / 10 + ln(5) * 9 / 10)),
    (LogitMSE(), pvariance([ln(1 / 4), ln(2), ln(3 / 2)])),
    (StandardizedKL(3), 9 * kl(soft(P, 3), soft(Q, 3))),
    (CorrelationKD(2, 0), 2 * (1 - correlation(P, Q))),
    # A single position has no columns to correlate.
    (CorrelationKD(2, 5), 2 * (1 - correlation(P, Q))),
]


@pytest.mark.parametrize(("loss", "expected"), CASES, ids=lambda part: getattr(part, "formula", ""))
def test_value_by_hand(loss, expected):
    student, teacher = torch.tensor([Q, P], dtype=torch.float64).log()
    value = loss(student, teacher, LABEL)
    torch.testing.assert_close(value.item(), expected, rtol=0, atol=1e-12)


def test_every_loss_has_a_value_by_hand():
    assert {type(loss) for loss, _ in CASES} == set(CLASSES_TO_USE)


def test_batch_part_of_correlation_is_the_mean_over_classes():
    p = [[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]
    q = [[0.4, 0.1, 0.5], [0.5, 0.2, 0.3], [0.3, 0.3, 0.4], [0.2, 0.7, 0.1]]
    columns = mean(1 - correlation([a[c] for a in p], [b[c] for b in q]) for c in range(3))
    rows = [1 - correlation(a, b) for a, b in zip(p, q, strict=True)]
    teacher, student = torch.tensor([p, q], dtype=torch.float64).log()
    value = CorrelationKD(2, 5)(student, teacher, torch.zeros(4, dtype=torch.int64))
    expected = torch.tensor([2 * row + 5 * columns for row in rows], dtype=torch.float64)
    torch.testing.assert_close(value, expected)
    student, teacher = student.view(2, 2, 3), teacher.view(1, 2, 2, 3)
    torch.testing.assert_close(CorrelationKD(2, 5)(student, teacher, LABEL), expected.view(1, 2, 2))


def test_constant_sides_have_no_correlation():
    flat, steep = torch.zeros(4, dtype=torch.float64), torch.arange(4.0, dtype=torch.float64)
    assert CorrelationKD(1, 0)(flat, steep, LABEL).item() == pytest.approx(0.5)
    assert CorrelationKD(1, 0)(steep, flat, LABEL).item() == pytest.approx(0.5)
    assert CorrelationKD(1, 0)(flat, flat, LABEL).item() == 0
    student, teacher = steep.repeat(3, 1), torch.randn(3, 4, dtype=torch.float64)
    assert CorrelationKD(0, 1)(student, teacher, LABEL).tolist() == pytest.approx([0.5] * 3)
