"""ECE_sweep against an implementation with plain lists, and by hand."""

from itertools import pairwise

import numpy as np
import pytest

import mtkd.metrics as m


def by_loops(confidence, correct):
    """ECE_sweep with lists: one number of bins after the other, stop at the first fall."""
    order = sorted(range(len(confidence)), key=lambda row: confidence[row])
    kept = [order]
    for bins in range(2, len(order) + 1):
        parts = [list(part) for part in np.array_split(order, bins)]
        rates = [sum(correct[row] for row in part) / len(part) for part in parts]
        if any(after < before for before, after in pairwise(rates)):
            break
        kept = parts
    total = 0.0
    for part in kept:
        mean = sum(confidence[row] for row in part) / len(part)
        total += len(part) * abs(mean - sum(correct[row] for row in part) / len(part))
    return total / len(order), len(kept)


def calibrated(rng, n):
    """Confidences and whether they were right, of a model that is as right as it says."""
    confidence = rng.beta(5, 1.2, n)
    return confidence, rng.random(n) < confidence


@pytest.mark.parametrize("n", [1, 2, 7, 60, 400])
@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_plain_lists_give(n, seed):
    confidence, correct = calibrated(np.random.default_rng(seed), n)
    expected, bins = by_loops(confidence, correct)
    found = m.ece_sweep(confidence, correct)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.convention.startswith(f"{bins} equal-mass bins with monotone accuracies")
    assert found.n == n


def test_value_by_hand():
    # 2, 3 and 4 bins have accuracies that do not fall; the second of 5 bins falls to 0.
    confidence = np.array([0.9, 0.1, 0.5, 0.3, 0.8, 0.6])
    correct = np.array([True, False, False, True, True, True])
    found = m.ece_sweep(confidence, correct)
    assert found.value == pytest.approx((0.6 + 0.1 + 0.2 + 0.1) / 6)
    assert found.convention.startswith("4 ")


def test_the_sweep_stops_at_the_first_fall_and_does_not_look_for_a_later_rise():
    # 2 bins fall (1/2, 0); 4 bins of (0, 1, 0, 0) fall too: one bin it is.
    confidence, correct = np.array([0.1, 0.2, 0.3, 0.4]), np.array([False, True, False, False])
    found = m.ece_sweep(confidence, correct)
    assert found.convention.startswith("1 ")
    assert found.value == pytest.approx(0.0)


def test_a_model_whose_errors_lie_at_the_bottom_gets_a_bin_for_each_item():
    confidence = np.linspace(0.2, 0.9, 30)
    correct = np.arange(30) >= 12
    assert m.ece_sweep(confidence, correct).convention.startswith("30 ")
    capped = m.ece_sweep(confidence, correct, most=8)
    assert capped.convention.startswith("8 equal-mass bins")
    assert "stopped at 8" in capped.convention
    assert capped.value == pytest.approx(m.equal_mass_ece(confidence, correct, bins=8).value)


def test_with_the_bins_it_found_it_is_the_equal_mass_ece():
    confidence, correct = calibrated(np.random.default_rng(2), 300)
    found = m.ece_sweep(confidence, correct)
    bins = int(found.convention.split()[0])
    assert bins > 1
    expected = m.equal_mass_ece(confidence, correct, bins=bins)
    assert found.value == pytest.approx(expected.value, abs=1e-12)


def test_it_is_less_biased_than_fifteen_bins_on_a_calibrated_model():
    rng = np.random.default_rng(1)
    draws = [calibrated(rng, 500) for _ in range(60)]
    swept = np.mean([m.ece_sweep(*draw).value for draw in draws])
    fixed = np.mean([m.equal_mass_ece(*draw).value for draw in draws])
    assert 0 < swept < 0.8 * fixed


def test_a_number_of_bins_that_is_none_is_refused():
    with pytest.raises(ValueError, match="most must be a positive whole number, got 0"):
        m.ece_sweep(np.array([0.5]), np.array([True]), most=0)
