"""The two exact tests and the interval: by hand, by enumeration, and against published figures."""

import math
from itertools import combinations

import numpy as np
import pytest

from mtkd.metrics import mcnemar_exact
from mtkd.slices import Counts, bounds, more_than_rest, regresses, upper_bound
from mtkd.slices.paired import score


@pytest.mark.parametrize(
    ("worse", "better", "p"),
    [
        (5, 0, 1 / 32),
        (4, 1, 6 / 32),
        (1, 4, 31 / 32),
        (0, 0, 1.0),
        (7, 2, (1 + 9 + 36) / 512),
    ],
)
def test_mcnemar_by_hand(worse, better, p):
    assert regresses(Counts(20, worse, better)) == pytest.approx(p, rel=1e-12)


def test_mcnemar_is_that_of_the_metrics():
    random = np.random.default_rng(0)
    for _ in range(20):
        student, reference = random.random((2, 60)) < 0.3
        worse, better = int((student & ~reference).sum()), int((reference & ~student).sum())
        expected = mcnemar_exact(student, reference, "greater").value
        assert regresses(Counts(60, worse, better)) == pytest.approx(expected, rel=1e-12)


def test_without_items_there_is_no_p_value():
    assert math.isnan(regresses(Counts(0, 0, 0)))
    assert math.isnan(more_than_rest(Counts(0, 0, 0), Counts(9, 2, 1)))
    assert math.isnan(more_than_rest(Counts(9, 2, 1), Counts(9, 2, 1)))


@pytest.mark.parametrize(
    ("inside", "worse", "better"), [(3, 2, 0), (4, 1, 1), (5, 3, 1), (2, 0, 2)]
)
def test_more_than_the_rest_by_drawing_every_subset(inside, worse, better):
    outcomes = [1] * 3 + [-1] * 2 + [0] * 4
    draws = [sum(drawn) >= worse - better for drawn in combinations(outcomes, inside)]
    found = more_than_rest(Counts(inside, worse, better), Counts(9, 3, 2))
    assert found == pytest.approx(np.mean(draws), rel=1e-12)


def test_more_than_the_rest_stays_a_probability_among_many_items():
    found = more_than_rest(Counts(5_000, 2_500, 100), Counts(100_000, 6_000, 3_000))
    assert 0 < found < 2e-15
    assert more_than_rest(Counts(5_000, 300, 150), Counts(100_000, 6_000, 3_000)) > 0.4


def test_the_interval_of_published_data():
    """Airway hyper-responsiveness, n 21, discordant 1 and 7: Tango's is -0.517 to -0.026
    (Fagerland, Lydersen and Laake 2014, doi 10.1002/sim.6148, table of intervals)."""
    assert bounds(Counts(21, 1, 7)) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(
    ("n", "worse", "better"), [(40, 9, 2), (40, 0, 0), (12, 12, 0), (300, 5, 6)]
)
def test_the_interval_mirrors_and_holds_the_estimate(n, worse, better):
    low, high = bounds(Counts(n, worse, better))
    assert -1 <= low <= (worse - better) / n <= high <= 1
    assert bounds(Counts(n, better, worse)) == pytest.approx((-high, -low), abs=1e-12)
    tighter = bounds(Counts(n, worse, better), 0.5)
    assert low <= tighter[0] <= tighter[1] <= high


def test_the_score_uses_the_most_likely_nuisance_rate():
    """The restricted likelihood, maximised on a grid instead of by its formula."""
    n, worse, better, difference = 50, 9, 3, 0.25
    rates = np.linspace(1e-9, (1 - difference) / 2 - 1e-9, 2_000_001)
    likelihood = (
        worse * np.log(rates + difference)
        + better * np.log(rates)
        + (n - worse - better) * np.log(1 - 2 * rates - difference)
    )
    rate = rates[likelihood.argmax()]
    error = math.sqrt((2 * rate + difference - difference**2) / n)
    expected = ((worse - better) / n - difference) / error
    assert score(Counts(n, worse, better), difference) == pytest.approx(expected, abs=1e-4)


def test_without_discordant_items_the_upper_bound_is_that_of_wilson():
    z2, n = 1.6448536269514722**2, 200
    assert upper_bound(Counts(n, 0, 0)) == pytest.approx(z2 / (n + z2), rel=1e-9)


def test_rates_of_a_slice():
    counts = Counts(20, 5, 2, 3)
    assert (counts.nfr, counts.pfr, counts.net, counts.confident_nfr) == (0.25, 0.1, 0.15, 0.15)
    empty = Counts(0, 0, 0)
    assert all(map(math.isnan, (empty.nfr, empty.pfr, empty.net, empty.confident_nfr)))
    assert all(map(math.isnan, bounds(empty)))
