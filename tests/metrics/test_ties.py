"""Sorting and binning without places: the same groups as the plain way, ties and edges included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mtkd.metrics as m
from mtkd.metrics.binning import width_index
from mtkd.metrics.ranking import rank
from mtkd.metrics.ties import by_confidence, ties

SHARES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, -0.0, 0.1, 0.3, 0.6, 2 / 3, 0.7, 1.0]))
ITEMS = st.integers(0, 40).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=SHARES), arrays(np.bool_, n, elements=st.booleans())
    )
)


@settings(max_examples=60, deadline=None)
@given(ITEMS)
def test_items_come_in_order_with_their_correctness(items):
    confidence, correct = items
    ordered, right = by_confidence(confidence, correct)
    plain = np.lexsort((correct, confidence))
    np.testing.assert_array_equal(ordered, confidence[plain])
    np.testing.assert_array_equal(right, correct[plain])


@settings(max_examples=60, deadline=None)
@given(ITEMS)
def test_rankings_are_those_of_sorted_places(items):
    confidence, correct = items
    groups = ties(confidence, correct)
    np.testing.assert_array_equal(groups.value, np.unique(confidence))
    errors, expected = groups.errors(), rank(confidence, ~correct)
    others = (
        (errors, expected),
        (errors.flipped(), rank(confidence, correct)),
        (errors.backwards(), rank(-confidence, ~correct)),
    )
    for found, plain in others:
        np.testing.assert_array_equal(found.taken, plain.taken)
        np.testing.assert_array_equal(found.positives, plain.positives)


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.integers(1, 12))
def test_equal_mass_bins_are_pieces_of_the_stable_order(items, bins):
    confidence, correct = items
    table = m.equal_mass_bins(confidence, correct, bins)
    order = np.argsort(confidence, kind="stable")
    for place, part in enumerate(np.array_split(order, bins)):
        assert table.count[place] == len(part)
        if len(part):
            assert table.confidence[place] == pytest.approx(confidence[part].mean(), abs=1e-14)
            assert table.accuracy[place] == pytest.approx(correct[part].mean(), abs=1e-14)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.integers(0, 40), st.integers(-3, 3), st.floats(0, 1))
def test_width_bins_are_settled_by_their_edges(bins, edge, ulps, anywhere):
    edges = np.linspace(0, 1, bins + 1)
    value = edges[edge % (bins + 1)]
    for _ in range(abs(ulps)):
        value = np.nextafter(value, np.sign(ulps))
    for confidence in np.clip([value, anywhere], 0, 1):
        left = min(int(np.searchsorted(edges, confidence, "right")) - 1, bins - 1)
        right = max(int(np.searchsorted(edges, confidence, "left")) - 1, 0)
        assert width_index(np.array([confidence]), bins, "left") == left
        assert width_index(np.array([confidence]), bins, "right") == right


@pytest.mark.parametrize("closed", ["left", "right"])
def test_many_items_are_binned_in_pieces(closed, monkeypatch):
    rng = np.random.default_rng(0)
    confidence, correct = rng.random(1000).round(2), rng.random(1000) < 0.5
    whole = m.equal_width_bins(confidence, correct, 7, closed)
    monkeypatch.setattr("mtkd.metrics.binning.BLOCK", 33)
    pieces = m.equal_width_bins(confidence, correct, 7, closed)
    np.testing.assert_array_equal(whole.count, pieces.count)
    np.testing.assert_allclose(whole.confidence, pieces.confidence, rtol=1e-14)
    np.testing.assert_allclose(whole.accuracy, pieces.accuracy, rtol=1e-14)
    inside = width_index(confidence, 7, closed) == 4
    assert whole.count[4] == inside.sum()
    assert whole.confidence[4] == pytest.approx(confidence[inside].mean())
    assert whole.accuracy[4] == pytest.approx(correct[inside].mean())


def test_selective_metrics_share_one_ranking():
    rng = np.random.default_rng(1)
    confidence, correct = rng.random(200).round(1), rng.random(200) < 0.6
    for name, metric in m.selective_metrics(confidence, correct).items():
        assert metric == getattr(m, name)(confidence, correct)


def test_bad_bins_are_refused_without_items_too():
    for items in (0, 3):
        values = np.full(items, 0.5), np.ones(items, bool)
        with pytest.raises(ValueError, match="bins must be a positive whole number, got 0"):
            m.equal_width_bins(*values, bins=0)
        with pytest.raises(ValueError, match="closed must be 'left' or 'right', got 'both'"):
            m.equal_width_bins(*values, closed="both")
