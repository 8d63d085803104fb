"""The bootstrap over many items has the law of the one over few."""

import tracemalloc

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.metrics import kinds, resampling
from mtkd.metrics.kinds import kinds_of, weighted_sums
from mtkd.metrics.resampling import crossed_replicates
from tests.metrics.worlds import ratios, runs_of

NORMAL = np.random.default_rng(0).normal(size=(2, 300))
"""As many kinds as items."""
RATES = (np.random.default_rng(1).random((2, 300)) < 0.3).astype(float)
RATES[1, 0] = 1.0
"""Four kinds at most, one of them of no use."""


@pytest.mark.parametrize("table", [NORMAL, RATES[:, RATES.any(axis=0)]])
@pytest.mark.parametrize("unused", [0, 250])
def test_sums_have_the_moments_of_a_multinomial(table, unused, monkeypatch):
    monkeypatch.setattr(kinds, "PART", 64)
    items = table.shape[1] + unused
    sums = weighted_sums(table, items, 20_000, 3)
    mean, second = table.sum(axis=1), table @ table.T
    spread = second - np.outer(mean, mean) / items
    error = np.sqrt(np.diag(spread) / 20_000)
    assert (np.abs(sums.mean(axis=0) - mean) < 4 * error).all()
    np.testing.assert_allclose(np.cov(sums.T), spread, atol=0.04 * np.diag(spread).max())


@pytest.mark.parametrize("values", [NORMAL[0], RATES[0]])
def test_every_replicate_draws_as_many_items_as_there_are(values):
    counts = weighted_sums(np.stack([np.ones(300), values]), 300, 2000, 0)[:, 0]
    np.testing.assert_allclose(counts, 300)
    some = weighted_sums(np.stack([np.ones(300), values]), 400, 2000, 0)[:, 0]
    assert some.var() == pytest.approx(400 * 0.75 * 0.25, rel=0.1)


def test_kinds_are_distinct_columns_and_their_sizes():
    table = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 5.0]])
    found, sizes = kinds_of(table)
    columns = {tuple(column): size for column, size in zip(found.T, sizes, strict=True)}
    assert columns == {(1.0, 0.0): 2, (0.0, 1.0): 1, (1.0, 5.0): 1}


def test_different_columns_are_never_taken_for_one_kind():
    factors = np.random.default_rng(0).random(2) + 0.5
    table = np.array([[factors[1], 0.0], [0.0, factors[0]]])  # both combine to the same number
    found, sizes = kinds_of(table)
    np.testing.assert_array_equal(found, table)
    assert sizes.tolist() == [1, 1]


def test_seeds_decide_and_nothing_else():
    for table in (NORMAL, RATES):
        first = weighted_sums(table, 300, 2000, 0)
        np.testing.assert_array_equal(first, weighted_sums(table, 300, 2000, 0))
        assert (first != weighted_sums(table, 300, 2000, 1)).any()


def test_intervals_do_not_depend_on_how_items_are_drawn(monkeypatch):
    rng = np.random.default_rng(2)
    worlds = [
        (ratios(rng, 4, 600, 90), ratios(rng, 4, 600, 400)),
        (runs_of(rng.random((3, 600)) < 0.2), []),
    ]
    few = [m.crossed_interval(*world, replicates=8000) for world in worlds]
    monkeypatch.setattr(resampling, "DRAWN", 0)
    many = [m.crossed_interval(*world, replicates=8000) for world in worlds]
    for one, other in zip(few, many, strict=True):
        assert one.metric == other.metric
        width = one.high - one.low
        assert (one.low, one.high) != (other.low, other.high)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.08 * width)


def test_paired_items_cancel_however_they_are_drawn(monkeypatch):
    monkeypatch.setattr(resampling, "DRAWN", 0)
    items = np.random.default_rng(3).normal(size=(3, 40))
    found = crossed_replicates(runs_of(items + 0.25), runs_of(items), 2000, 0)
    np.testing.assert_allclose(found, 0.25)


def test_sets_that_a_replicate_misses_have_no_value(monkeypatch):
    monkeypatch.setattr(resampling, "DRAWN", 0)
    rng = np.random.default_rng(4)
    found = m.crossed_interval(ratios(rng, 6, 40, 1))
    assert found.dropped == pytest.approx((1 - 1 / 40) ** 40, abs=0.03)
    assert m.crossed_interval(ratios(rng, 3, 40, 0)).dropped == 1


def test_memory_does_not_grow_with_items_times_replicates():
    rng = np.random.default_rng(5)
    rates = runs_of(rng.random((1, 100_000)) < 0.1)
    means = [m.mean_over(rng.random(100_000), rng.random(100_000) < 0.05, "mean")]
    tracemalloc.start()
    found = [m.crossed_interval(runs) for runs in (rates, means)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6  # the weights alone would be 400 MB
    assert found[0].high - found[0].low == pytest.approx(3.92 * (0.09 / 1e5) ** 0.5, rel=0.1)
    assert found[1].high - found[1].low == pytest.approx(3.92 * (1 / 12 / 5000) ** 0.5, rel=0.1)
