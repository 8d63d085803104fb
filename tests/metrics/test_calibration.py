"""Binned calibration errors against loops over items, on random inputs with and without ties."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.metrics.binning import width_index
from tests.metrics.worlds import edge_fixture, random_models

MODELS = [random_models(seed, models=1, step=step)[0] for seed in (1, 2) for step in (None, 0.1)]


@pytest.fixture(params=range(len(MODELS)))
def model(request):
    return MODELS[request.param]


def by_hand(model, bins, inside, weight=abs):
    """Sum over bins of share times `weight(gap)`, with `inside(c, low, high, number)`."""
    total = 0.0
    for number in range(bins):
        edges = np.linspace(0, 1, bins + 1)
        rows = [i for i, c in enumerate(model.confidence) if inside(c, *edges[number:], number)]
        if rows:
            gap = np.mean(model.confidence[rows]) - np.mean(model.correct[rows])
            total += len(rows) / len(model) * weight(gap)
    return total


@pytest.mark.parametrize("bins", [1, 7, 15])
def test_ece_by_a_loop(model, bins):
    left = by_hand(model, bins, lambda c, a, b, *_, n=bins: a <= c < b or c == b == 1)
    assert m.ece(model.confidence, model.correct, bins).value == pytest.approx(left, abs=1e-12)
    right = by_hand(model, bins, lambda c, a, b, *_: a < c <= b or c == a == 0)
    found = m.ece(model.confidence, model.correct, bins, closed="right")
    assert found.value == pytest.approx(right, abs=1e-12)


@pytest.mark.parametrize("closed", ["left", "right"])
@pytest.mark.parametrize("bins", [1, 3, 10, 15, 100])
def test_bins_are_those_of_searchsorted(closed, bins):
    grid = np.concatenate([np.linspace(0, 1, bins + 1), np.linspace(0, 1, 1001)])
    values = np.concatenate([grid, np.nextafter(grid, 0), np.nextafter(grid, 1).clip(max=1)])
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    expected = np.searchsorted(inner, values, side="right" if closed == "left" else "left")
    np.testing.assert_array_equal(width_index(values, bins, closed), expected)


def test_edge_fixture_bins_as_recorded():
    confidence, _ = edge_fixture()
    assert width_index(confidence, 10, "left").tolist() == [0, 1, 2, 2, 4, 5, 5, 6, 8, 9, 9, 9]
    assert width_index(confidence, 10, "right").tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]


def test_over_and_under_add_up_to_ece(model):
    pair = (model.confidence, model.correct)
    over, under = m.ece_overconfident(*pair).value, m.ece_underconfident(*pair).value
    assert over + under == pytest.approx(m.ece(*pair).value, abs=1e-12)
    assert over - under == pytest.approx(m.signed_gap(*pair).value, abs=1e-12)


@pytest.mark.parametrize("bins", [4, 7, 200])
def test_equal_mass_errors_by_array_split(model, bins):
    order = np.argsort(model.confidence, kind="stable")
    ece = squared = 0.0
    for rows in np.array_split(order, bins):
        if len(rows):
            share, accuracy = len(rows) / len(model), model.correct[rows].mean()
            gap = model.confidence[rows].mean() - accuracy
            ece += share * abs(gap)
            if len(rows) > 1:
                squared += share * (gap**2 - accuracy * (1 - accuracy) / (len(rows) - 1))
    found = m.equal_mass_ece(model.confidence, model.correct, bins)
    assert found.value == pytest.approx(ece, abs=1e-12)
    found = m.debiased_l2_squared(model.confidence, model.correct, bins)
    assert found.value == pytest.approx(squared, abs=1e-12)
    assert f"{bins if bins > 60 else 0} bins below 2 items" in found.convention
    root = m.debiased_l2(model.confidence, model.correct, bins).value
    assert root == pytest.approx(math.sqrt(max(squared, 0)), abs=1e-12)


def test_two_items_are_enough_to_take_the_noise_off():
    found = m.debiased_l2_squared([0.9, 0.7], np.array([True, False]), bins=1)
    assert found.value == pytest.approx(0.3**2 - 0.5 * 0.5 / 1)


def test_all_at_once_are_the_single_errors(model):
    pair = (model.confidence, model.correct)
    found = m.binned_errors(*pair, bins=6, min_count=7)
    assert len(found) == 9
    for name, metric in found.items():
        more = {"min_count": 7} if name == "mce" else {}
        alone = m.__dict__[name](*pair, bins=6, **more)
        assert metric.value == alone.value
        assert (metric.n, metric.convention) == (alone.n, alone.convention)


def test_mce_leaves_small_bins_out(model):
    pair = (model.confidence, model.correct)
    table = m.equal_width_bins(*pair)
    assert isinstance(table, m.Bins)
    for least in (1, 5):
        kept = table.count >= least
        found = m.mce(*pair, min_count=least)
        assert found.value == pytest.approx(np.nanmax(np.abs(table.gap[kept])))
        assert found.n == table.count[kept].sum()
    none = m.mce(*pair, min_count=1000)
    assert math.isnan(none.value)
    assert none.n == 0


def test_equal_mass_bins_differ_by_at_most_one(model):
    counts = m.equal_mass_bins(model.confidence, model.correct, 7).count
    assert sorted(counts) == [8, 8, 8, 9, 9, 9, 9]
    assert counts[0] == 9


def test_classwise_errors_by_one_ece_per_class(model):
    for closed in ("left", "right"):
        expected = [
            np.sum([
                abs(model.probs[rows, k].sum() - (model.labels[rows] == k).sum()) / len(model)
                for b in range(15)
                for rows in [width_index(model.probs[:, k], 15, closed) == b]
            ])
            for k in range(4)
        ]  # fmt: skip
        each = m.classwise_ece_per_class(model.probs, model.labels, closed=closed)
        assert [metric.value for metric in each] == pytest.approx(expected, abs=1e-12)
        mean = m.classwise_ece(model.probs, model.labels, closed=closed)
        assert mean.value == pytest.approx(np.mean(expected), abs=1e-12)


def test_an_absent_class_is_computed_and_flagged():
    probs = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
    first, second, third = m.classwise_ece_per_class(probs, np.array([0, 1]))
    assert third.value == pytest.approx(0.2)
    assert "absent" in third.convention
    assert "absent" not in first.convention + second.convention


def test_binned_errors_say_how_many_bins_hold_items():
    confidence, correct = np.array([0.95, 0.96, 0.55]), np.array([True, False, True])
    assert m.ece(confidence, correct, bins=10).convention.endswith("last closed, 2 filled")
    assert "2 filled" in m.rmsce(confidence, correct, bins=10).convention
    assert m.equal_mass_ece(confidence, correct, bins=5).convention.endswith("3 filled")
