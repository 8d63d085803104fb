"""Resampled weights and replicates against direct resampling and known variances."""

import math

import numpy as np
import pytest

from mtkd.metrics.resampling import crossed_replicates, item_weights
from tests.metrics.worlds import ratios, runs_of


class TestWeights:
    def test_every_replicate_draws_as_many_items_as_there_are(self):
        weights = item_weights(30, 2000, 0)
        assert weights.shape == (2000, 30)
        assert (weights.sum(axis=1) == 30).all()
        np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.12)
        np.testing.assert_allclose(weights.var(axis=0), 1 - 1 / 30, atol=0.2)

    def test_seeds_decide_and_nothing_else(self):
        first = item_weights(7, 2000, 0).copy()
        item_weights.cache_clear()
        np.testing.assert_array_equal(first, item_weights(7, 2000, 0))
        assert (first != item_weights(7, 2000, 1)).any()

    def test_they_cannot_be_overwritten(self):
        with pytest.raises(ValueError, match="read-only"):
            item_weights(7, 2000, 0)[0, 0] = 1

    def test_many_items_are_drawn_in_pieces_with_the_same_law(self, monkeypatch):
        monkeypatch.setattr("mtkd.metrics.resampling.CHUNK", 1000)
        item_weights.cache_clear()
        weights = item_weights(30, 2000, 3)
        item_weights.cache_clear()
        assert (weights.sum(axis=1) == 30).all()
        np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.12)


class TestReplicates:
    def test_one_seed_is_a_ratio_of_weighted_sums(self):
        rng = np.random.default_rng(0)
        (run,) = ratios(rng, 1, 25, 9)
        (other,) = ratios(rng, 1, 25, 14)
        found = crossed_replicates([run], [other], 2000, 5)
        for replicate, weights in enumerate(item_weights(25, 2000, 5)[:50]):
            drawn = np.repeat(np.arange(25), weights)
            expected = [
                x.numerator[drawn].sum() / x.denominator[drawn].sum()
                if x.denominator[drawn].any() else math.nan for x in (run, other)
            ]  # fmt: skip
            assert found[replicate] == pytest.approx(expected[0] - expected[1], nan_ok=True)

    def test_seeds_are_resampled_too(self):
        found = crossed_replicates(runs_of([[1.0] * 9, [4.0] * 9]), [], 2000, 0)
        shares = [np.mean(np.isclose(found, value)) for value in (1, 2.5, 4)]
        assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.03)
        assert sum(shares) == 1

    def test_seeds_and_items_are_drawn_independently(self):
        seed_part = crossed_replicates(runs_of(np.outer([0.0, 1.0], np.ones(20))), [], 2000, 0)
        item_part = crossed_replicates(runs_of([np.arange(20)]), [], 2000, 0)
        assert abs(np.corrcoef(seed_part, item_part)[0, 1]) < 0.06

    def test_variance_is_that_of_items_and_of_seeds_together(self):
        rng = np.random.default_rng(1)
        items, seeds = rng.normal(size=40), rng.normal(size=8)
        found = crossed_replicates(runs_of(items + seeds[:, None]), [], 2000, 0)
        expected = items.var() / 40 + seeds.var() / 8
        assert found.var() == pytest.approx(expected, rel=0.15)

    def test_paired_items_cancel(self):
        rng = np.random.default_rng(2)
        items = rng.normal(size=(3, 40))
        found = crossed_replicates(runs_of(items + 0.25), runs_of(items), 2000, 0)
        np.testing.assert_allclose(found, 0.25)
