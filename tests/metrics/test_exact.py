"""Exact tests and closed-form intervals: enumerations, SciPy, and their edges."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

import mtkd.metrics as m


def test_sign_flips_by_enumeration():
    values = np.array([0.3, -0.1, 0.25, 0.4, 0.05])
    sums = [abs(np.dot(signs, values)) for signs in itertools.product([1, -1], repeat=5)]
    expected = np.mean(np.array(sums) >= abs(values.sum()) - 1e-12)
    assert m.sign_flip_test(values).value == pytest.approx(expected)
    assert m.sign_flip_test(-values).value == pytest.approx(expected)
    one_sided = m.sign_flip_test(values, "greater").value
    assert one_sided == pytest.approx(expected / 2)
    assert m.sign_flip_test(-values, "greater").value > 0.9


def test_equal_sums_count_whatever_their_rounding():
    # Added one by one, .1 to .8 fall short of their own sum in the last digit.
    assert m.sign_flip_test(np.arange(1, 9) / 10).value == pytest.approx(2 / 2**8)
    assert m.sign_flip_test([0.1, 0.2, -0.3]).value == 1
    assert m.sign_flip_test([0.0, 0.0]).value == 1


def test_sign_flips_at_the_edges():
    assert math.isnan(m.sign_flip_test([]).value)
    assert m.sign_flip_test([]).n == 0
    assert math.isnan(m.sign_flip_test([0.1, math.nan]).value)
    assert m.sign_flip_test([0.1, math.nan]).n == 2
    assert m.sign_flip_test([0.7]).value == 1


def test_more_seeds_than_can_be_enumerated_are_drawn_and_said_so():
    # With equal sizes the sum is a binomial: 20 of 30 signs up, two-sided.
    values = np.array([1.0] * 20 + [-1.0] * 10)
    found = m.sign_flip_test(values)
    assert found.value == pytest.approx(2 * stats.binom.sf(19, 30, 0.5), abs=0.003)
    assert found.value == m.sign_flip_test(values).value
    assert found.n == 30
    assert "100,000 random sign flips and the observed one, seed 0" in found.convention
    one_sided = m.sign_flip_test(values, "greater").value
    assert one_sided == pytest.approx(stats.binom.sf(19, 30, 0.5), abs=0.003)
    assert m.sign_flip_test(-values, "greater").value > 0.95
    assert m.sign_flip_test(np.ones(60)).value == pytest.approx(1 / 100_001)
    assert math.isnan(m.sign_flip_test([math.nan] * 25).value)


def test_up_to_24_seeds_the_test_is_exact():
    found = m.sign_flip_test(np.ones(24))
    assert found.value == 2 / 2**24
    assert "exact" in found.convention


@pytest.mark.parametrize(("only_first", "only_second"), [(7, 2), (2, 7), (4, 4), (1, 0)])
def test_mcnemar_is_a_binomial_test_of_the_discordant(only_first, only_second):
    first = np.array([True] * only_first + [False] * only_second + [True, False])
    second = np.array([False] * only_first + [True] * only_second + [True, False])
    n = only_first + only_second
    for alternative in ("two-sided", "greater"):
        expected = stats.binomtest(only_first, n, alternative=alternative).pvalue
        found = m.mcnemar_exact(first, second, alternative)
        assert found.value == pytest.approx(expected)
        assert found.n == n + 2
        assert f"{only_first}:{only_second}" in found.convention


def test_mcnemar_without_discordant_or_without_any_pairs():
    same = np.array([True, False])
    assert m.mcnemar_exact(same, same).value == 1
    empty = m.mcnemar_exact(same[:0], same[:0])
    assert math.isnan(empty.value)
    assert empty.n == 0


def test_t_agrees_with_scipy():
    values = np.array([0.3, -0.1, 0.25, 0.4, 0.05])
    found, expected = m.t_interval(values, level=0.9), stats.ttest_1samp(values, 0)
    ends = expected.confidence_interval(0.9)
    assert isinstance(found, m.Interval)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    assert m.t_test(values).value == pytest.approx(expected.pvalue)
    assert found.metric.n == m.t_test(values).n == 5


def test_one_seed_has_a_mean_but_no_interval():
    found = m.t_interval([0.3])
    assert found.metric.value == 0.3
    assert math.isnan(found.low)
    assert math.isnan(m.t_test([0.3]).value)
    assert math.isnan(m.t_test([0.3, 0.3]).value)
    assert m.t_interval([]).metric.n == 0


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (3, 7), (20, 20)])
def test_wilson_agrees_with_scipy(successes, n):
    for level in (0.95, 0.8):
        expected = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
        found = m.wilson(successes, n, level)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
        assert found.metric == m.Metric(successes / n, n, "share")


def test_wilson_of_nothing_is_nan():
    found = m.wilson(0, 0)
    assert math.isnan(found.metric.value)
    assert math.isnan(found.low)


def test_holm_by_hand():
    found = m.holm([0.04, 0.01, 0.03, 0.005])
    assert found.tolist() == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert m.holm([0.9, 0.8]).tolist() == [1, 1]
    with_gap = m.holm([0.04, math.nan, 0.01])
    assert with_gap[[0, 2]].tolist() == pytest.approx([0.04, 0.02])
    assert math.isnan(with_gap[1])
    assert m.holm([]).size == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.sign_flip_test([1.0], "less"), "'two-sided' or 'greater', got 'less'"),
        (lambda: m.sign_flip_test([[1.0]]), r"one number per seed or test, got shape \(1, 1\)"),
        (lambda: m.mcnemar_exact([1, 0], [0, 1]), "expected booleans, got int64 and int64"),
        (lambda: m.mcnemar_exact([True], [True, False]), r"got \(1,\), \(2,\)"),
        (lambda: m.wilson(5, 4), r"successes must lie in \[0, n\], got 5 of 4"),
        (lambda: m.holm([1.5]), r"p-values must lie in \[0, 1\]"),
    ],
)
def test_bad_calls_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
