"""Intervals over seeds and items: coverage, empty sets, dropped replicates, clusters."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.metrics.resampling import crossed_replicates
from tests.metrics.worlds import ratios, runs_of


def test_intervals_cover_as_often_as_they_promise():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(150):
        items, seeds = rng.normal(size=40), rng.normal(size=8) / 2
        noise = rng.normal(size=(8, 40))
        found = m.crossed_interval(runs_of(0.3 + items + seeds[:, None] + noise))
        covered += found.low <= 0.3 <= found.high
    assert 0.88 <= covered / 150 <= 0.99


@pytest.mark.parametrize(("seeds", "span"), [(2, True), (3, True), (8, False)])
def test_where_items_agree_the_interval_of_few_seeds_is_their_span(seeds, span):
    values = np.random.default_rng(9).normal(size=seeds)
    found = m.crossed_interval(runs_of(np.tile(values[:, None], (1, 60))))
    ends = found.low == pytest.approx(values.min()), found.high == pytest.approx(values.max())
    assert ends == (span, span)


def test_an_interval_holds_its_value_and_widens_with_its_level():
    runs = ratios(np.random.default_rng(4), 6, 50, 30)
    wide, narrow = (m.crossed_interval(runs, level=level) for level in (0.95, 0.5))
    assert wide.low < narrow.low < wide.metric.value < narrow.high < wide.high
    values = [run.metric().value for run in runs]
    assert wide.metric.value == pytest.approx(np.mean(values))
    assert wide.per_seed == pytest.approx(values)
    assert wide.p_value == m.sign_flip_test(values)
    assert (wide.metric.n, wide.counts, wide.underpowered) == (30, (30,), False)
    assert wide.method.startswith("95% percentile interval, seeds x items")
    replicates = crossed_replicates(runs, [], 2000, 0)
    assert (wide.low, wide.high) == pytest.approx(tuple(np.quantile(replicates, [0.025, 0.975])))


@pytest.mark.parametrize(("members", "kept"), [(1, False), (3, True), (2, False)])
def test_more_than_five_percent_without_a_value_leave_no_interval(members, kept):
    # An item set of size k is missed by (1 - k / 40)^40 of the replicates: .36, .05 - .13, .045.
    found = m.crossed_interval(ratios(np.random.default_rng(5), 6, 40, members))
    assert found.dropped == pytest.approx((1 - members / 40) ** 40, abs=0.03)
    assert (found.dropped <= 0.05) == kept
    assert math.isnan(found.low) != kept
    assert not math.isnan(found.metric.value)


def test_an_empty_set_has_no_value_and_no_interval():
    rng = np.random.default_rng(6)
    for found in (
        m.crossed_interval(ratios(rng, 3, 40, 0)),
        m.crossed_interval(ratios(rng, 3, 40, 30), ratios(rng, 3, 40, 0)),
        m.crossed_interval(ratios(rng, 3, 0, 0)),
    ):
        assert found.metric.n == 0
        assert math.isnan(found.metric.value)
        assert math.isnan(found.low)
        assert math.isnan(found.p_value.value)
        assert found.underpowered


def test_fewer_than_twenty_items_in_any_set_are_underpowered():
    rng = np.random.default_rng(7)
    for first, second, weak in ((20, 20, False), (19, 40, True), (40, 19, True)):
        found = m.crossed_interval(ratios(rng, 2, 60, first), ratios(rng, 2, 60, second))
        assert found.underpowered == weak
        assert found.counts == (first, second)
        assert found.metric.n == first


def test_clusters_are_resampled_whole():
    rng = np.random.default_rng(9)
    levels = rng.normal(size=30)
    clusters = np.repeat(np.arange(30), 10)
    first = levels[clusters] + rng.normal(size=300) / 10
    single = m.paired_difference(first, np.zeros(300))
    whole = m.paired_difference(first, np.zeros(300), clusters=clusters)
    assert single.metric.value == pytest.approx(whole.metric.value) == pytest.approx(first.mean())
    assert whole.high - whole.low == pytest.approx(2 * 1.96 * levels.std() / 30**0.5, rel=0.15)
    assert single.high - single.low < 0.5 * (whole.high - whole.low)
    assert "by 30 clusters" in whole.metric.convention


def test_a_mean_over_a_subset_ignores_the_rest():
    members = np.array([True, False, True])
    items = m.mean_over(np.array([1.0, math.nan, 4.0]), members, "subset")
    assert items.metric() == m.Metric(2.5, 2, "subset")
    assert items.numerator.tolist() == [1, 0, 4]


def test_clusters_weigh_items_not_sequences():
    items = m.mean_of(np.array([1.0, 0.0, 0.0, 0.0]), "rate")
    grouped = m.per_cluster(items, ["a", "b", "b", "b"])
    assert isinstance(grouped, m.Contributions)
    assert grouped.metric().value == 0.25
    assert grouped.numerator.tolist() == [1, 0]
    assert grouped.denominator.tolist() == [1, 3]


def test_paired_difference_is_about_differences():
    first, second = np.array([0.2, 0.9, 0.4]), np.array([0.1, 0.8, 0.3])
    found = m.paired_difference(first, second)
    assert isinstance(found, m.Estimate)
    assert (found.low, found.metric.value, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.p_value.value == 1
    assert "items (one seed) bootstrap" in found.method


RUNS = runs_of(np.ones((2, 5)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.crossed_interval([]), "at least one seed, got none"),
        (lambda: m.crossed_interval(RUNS, RUNS[:1]), "one entry per seed, got 1 for 2 seeds"),
        (lambda: m.crossed_interval(RUNS, runs_of(np.ones((2, 4)))), r"same items .*got \[4, 5\]"),
        (lambda: m.crossed_interval(RUNS, replicates=500), "at least 2000 replicates, got 500"),
        (lambda: m.crossed_interval(RUNS, level=1.0), r"level must lie in \(0, 1\), got 1"),
        (lambda: m.per_cluster(RUNS[0], [1, 2]), r"clusters must be \[5\], got \[2\]"),
        (lambda: m.paired_difference([1.0], [1.0, 2.0]), "about the same items, got"),
    ],
)
def test_bad_calls_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_seed_without_a_value_spoils_only_the_replicates_that_draw_it():
    ones, none = np.ones(5), np.zeros(5)
    runs = [m.Contributions(ones, ones, 5, "x"), m.Contributions(none, none, 0, "x")]
    draws = crossed_replicates(runs, (), 2000, 0)
    assert np.isnan(draws).mean() == pytest.approx(0.75, abs=0.05)
    assert (draws[~np.isnan(draws)] == 1).all()


def test_items_that_only_take_away_are_resampled_too():
    """An item of which only the control errs: -1 above the bar, nothing below it."""
    above, below = np.array([-1.0, 1, 1, 1]), np.array([0.0, 1, 1, 1])
    found = m.crossed_interval([m.Contributions(above, below, 4, "x")])
    assert found.low < found.metric.value == 2 / 3 < found.high


def test_clusters_change_what_is_resampled_and_not_what_is_counted():
    items = m.mean_of([1.0, 0, 0, 1, 1], "x")
    grouped = m.per_cluster(items, [7, 7, 8, 8, 9])
    assert (grouped.metric().value, grouped.metric().n) == (0.6, 5)
    assert len(grouped.numerator) == 3
