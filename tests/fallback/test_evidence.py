import math

import numpy as np
import pytest

from mtkd.fallback import Evidence
from mtkd.fallback.evidence import evidence, grow, mean_bets, rate_bets, uniform_factors

RUNS, STEPS, LEVEL = 400, 1500, 0.05


def alarms(factors):
    """`[runs]`: the step at which each run's evidence first reaches 1 / LEVEL, else 0.

    Args:
        factors: `[steps, runs, bets]`.
    """
    wealth = np.zeros(factors.shape[1:])
    first = np.zeros(factors.shape[1], dtype=int)
    for step, each in enumerate(factors, start=1):
        wealth = grow(wealth, each, step)
        reached = evidence(wealth, step) >= 1 / LEVEL
        first = np.where((first == 0) & reached, step, first)
    return first


def rate_factors(rates, promised, seed=0):
    wrong = np.random.default_rng(seed).random((len(rates), RUNS)) < np.array(rates)[:, None]
    return rate_bets(promised)[wrong.astype(int)]


def test_two_steps_by_hand():
    test = Evidence(bets=2, level=0.001)
    assert test.log_value == 0
    test.update([3.0, 0.5])
    # Half the money enters before step 1 and is bet, half waits.
    assert math.exp(test.log_value) == pytest.approx((1.5 + 0.25) / 2 + 1 / 2)
    test.update([2.0, 1.0])
    bets = ((1.5 + 1 / 6) * 2 + (0.25 + 1 / 6)) / 2
    assert math.exp(test.log_value) == pytest.approx(bets + 1 / 3)


def test_an_alarm_rings_at_the_level_and_stays():
    test = Evidence(bets=1, level=0.1)
    for _ in range(5):
        test.update([4.0])  # 2.5, then (2 + 1/6) 4 + 1/3 = 9, then above 10
    assert test.rang_at == 3
    for _ in range(50):
        test.update([0.1])
    assert (test.rang_at, test.log_value < 0) == (3, True)


def test_evidence_of_just_the_level_rings():
    test = Evidence(bets=1, level=0.5)
    test.update([3.0])  # 1/2 3 + 1/2 = 2
    assert test.rang_at == 1


def test_evidence_does_not_overflow():
    test = Evidence(bets=2, level=0.1)
    for _ in range(2000):
        test.update([5.0, 0.2])
    assert 400 < test.log_value < 461


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9])
def test_rate_bets_are_fair_at_the_rate_and_lose_below(rate):
    bets = rate_bets(rate)
    np.testing.assert_allclose([1 - rate, rate] @ bets, 1)
    assert ([1 - rate / 2, rate / 2] @ bets < 1).all()
    assert ([1 - rate * 1.05, rate * 1.05] @ bets > 1).all()
    assert (bets > 0).all()


def test_uniform_factors_are_densities():
    points = (np.arange(10_000) + 0.5) / 10_000
    factors = uniform_factors(points)
    np.testing.assert_allclose(factors.mean(0), 1)
    assert factors.min() > 0
    assert factors[0, 0] > 1.9  # a bet on low places wins at 0
    assert len({tuple(column) for column in factors.T.round(6)}) == 12


def test_mean_bets_never_go_broke():
    stakes = mean_bets(-0.3)
    assert (1 + stakes * -0.3 > 0).all()
    assert stakes.max() > 2.5  # and are not timid either


def test_a_kept_rate_seldom_alarms():
    share = (alarms(rate_factors([0.1] * STEPS, 0.1)) > 0).mean()
    assert 0 < share <= LEVEL  # nor is it deaf


def test_a_broken_rate_alarms_even_after_a_long_good_time():
    late = alarms(rate_factors([0.02] * 1000 + [0.35] * 500, 0.1))
    assert (late > 1000).mean() > 0.99
    assert np.median(late) < 1080
    early = alarms(rate_factors([0.35] * 500, 0.1))
    assert np.median(early[early > 0]) < 50


@pytest.mark.parametrize("level", [0.001, 0.2])
def test_a_lower_level_needs_more_evidence(level):
    test = Evidence(bets=5, level=level)
    while test.rang_at is None:
        test.update(rate_bets(0.1)[1])
    assert test.log_value >= -math.log(level)
    assert test.rang_at == {0.001: 5, 0.2: 2}[level]
