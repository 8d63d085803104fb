"""Full-ECE by loops over every entry, by hand, and in its two weights."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.metrics import blocks
from tests.metrics.worlds import FIXTURES, arrays, random_models


def by_loops(probs, labels, bins):
    """Every probability of every position put into its bin, per entry."""
    said, true, count = [0.0] * bins, [0] * bins, [0] * bins
    edges = np.linspace(0, 1, bins + 1)
    for row, label in zip(probs, labels, strict=True):
        for k, p in enumerate(row):
            place = next(b for b in range(bins) if b == bins - 1 or p < edges[b + 1])
            said[place] += p
            true[place] += k == label
            count[place] += 1
    entries = sum(count)
    return sum(abs(s - t) / c * c / entries for s, t, c in zip(said, true, count) if c)  # noqa: B905


@pytest.mark.parametrize("bins", [1, 4, 10, 15])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_what_loops_over_entries_give(bins, seed):
    (model,) = random_models(seed, models=1)
    found = m.full_ece(model.probs, model.labels, bins=bins)
    assert found.value == pytest.approx(by_loops(model.probs, model.labels, bins), abs=1e-12)
    assert found.n == len(model)


def test_value_by_hand():
    # Bins [0, .5) and [.5, 1]: .2 + .3 + .1 against 1 hit, .8 + .7 + .9 against 2 hits.
    probs = np.array([[0.8, 0.2], [0.3, 0.7], [0.9, 0.1]])
    found = m.full_ece(probs, np.array([0, 0, 0]), bins=2)
    assert found.value == pytest.approx((abs(0.6 - 1) + abs(2.4 - 2)) / 6)


@pytest.mark.parametrize("name", ["A", "A0", "I"])
def test_the_printed_weight_is_classes_times_the_per_entry_one(name):
    if name == "I":
        probs, labels = np.array(FIXTURES["I"]["student"]), np.array(FIXTURES["I"]["labels"])
    else:
        probs, labels = arrays(name)
    entry = m.full_ece(probs, labels, bins=10)
    printed = m.full_ece(probs, labels, bins=10, weight="position")
    assert printed.value == pytest.approx(entry.value * probs.shape[1])
    assert "per entry" in entry.convention
    assert "per position, as printed" in printed.convention
    assert entry.value == pytest.approx(by_loops(probs, labels, 10), abs=1e-12)


def test_the_printed_weight_can_exceed_one_and_the_entry_one_cannot():
    probs, labels = np.array([[1.0, 0.0, 0.0]] * 4), np.array([1, 2, 1, 2])
    assert m.full_ece(probs, labels, weight="position").value == pytest.approx(2)
    assert m.full_ece(probs, labels).value == pytest.approx(2 / 3)


def test_pooling_classes_hides_what_classwise_ece_sees():
    # Class 0 is said too often, class 1 too rarely, by the same amount in the same bin.
    probs = np.array([[0.5, 0.5]] * 4)
    labels = np.array([0, 0, 0, 1])
    assert m.full_ece(probs, labels).value == pytest.approx(0)
    assert m.classwise_ece(probs, labels).value == pytest.approx(0.25)


def test_parts_give_the_same_number_as_the_whole(monkeypatch):
    (model,) = random_models(5, models=1)
    whole = m.full_ece(model.probs, model.labels)
    monkeypatch.setattr(blocks, "BLOCK", 28)
    assert m.full_ece(model.probs, model.labels).value == pytest.approx(whole.value, abs=1e-12)


def test_the_edges_follow_the_convention():
    probs, labels = np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([0, 0])
    left = m.full_ece(probs, labels, bins=2)
    right = m.full_ece(probs, labels, bins=2, closed="right")
    assert left.value == pytest.approx((abs(0.1 - 0) + abs(1.9 - 2)) / 4)
    assert right.value == pytest.approx((abs(1.1 - 1) + abs(0.9 - 1)) / 4)


def test_nothing_is_nan_and_another_weight_is_refused():
    assert math.isnan(m.full_ece(np.empty((0, 3)), np.empty(0, int), weight="position").value)
    with pytest.raises(ValueError, match="weight must be 'entry' or 'position', got 'token'"):
        m.full_ece(np.array([[0.5, 0.5]]), np.array([0]), weight="token")
