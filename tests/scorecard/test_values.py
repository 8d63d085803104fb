"""Every figure counted by hand in the world of `world`, and the intervals by other means."""

import math

import numpy as np
import pytest

from mtkd.metrics import crossed_interval, mean_of, wilson
from mtkd.scorecard import Book
from mtkd.scorecard.paired import Paired
from tests.scorecard.world import World, make

OWN = {
    "accuracy": (34 / 40, 40),
    "teacher_accuracy": (36 / 40, 40),
    "control_accuracy": (30 / 40, 40),
    "quality_ratio": (34 / 36, 40),
    "worst_slice_quality_ratio": (32 / 34, 40),  # noise: two more errors each
    "gap_recovered": (4 / 6, 40),
    "accuracy_with_fallback": (37 / 40, 40),  # 4, 5 and 6 are handed over, the teacher is right
    "confident_wrong_rate": (3 / 40, 40),
    "dd_ceir": ((2 - 1) / 4 - (0 - 1) / 3, 4),
    "certified_risk": (0.05, 200),
    "accepted_risk": (3 / 37, 37),
    "deferral_rate": (3 / 40, 40),
    "parameters": (500, 1),
    "size_reduction_parameters": (1 - 500 / 8000, 1),
    "size_reduction_parameters_committee": (1 - 500 / 10_000, 1),
    "quality_per_training_hour": (4 / 40 / (90 / 3600), 40),
}
CHANGED = {
    "negative_flips": (7 / 40, 40),
    "confident_negative_flips": (2 / 40, 40),
    "positive_flips": (1 / 40, 40),
    "net_change": (-6 / 40, 40),
    "flips_p_value": (2 * (1 + 8) / 2**8, 40),
}


@pytest.fixture(scope="module")
def version(first):
    return make(first).version


@pytest.fixture(scope="module")
def second(book):
    return Book.read(book).versions[1]


@pytest.mark.parametrize("name", OWN)
def test_figures_of_one_version(version, name):
    found = version.by_name[name]
    assert (found.value, found.n) == (pytest.approx(OWN[name][0]), OWN[name][1])


@pytest.mark.parametrize("name", CHANGED)
def test_figures_since_the_version_before(second, name):
    found = second.by_name[name]
    assert (found.value, found.n) == (pytest.approx(CHANGED[name][0]), CHANGED[name][1])
    if name != "net_change":
        assert "v1" in found.convention or "McNemar 1:7" in found.convention


def test_slices_are_classes_and_domains(version):
    slices = {figure.name: (figure.value, figure.n) for figure in version.slices}
    assert slices == {
        "class 0": (pytest.approx(7 / 9), 10),
        "class 1": (pytest.approx(8 / 9), 10),
        "class 2": (pytest.approx(9 / 9), 10),
        "class 3": (pytest.approx(10 / 9), 10),
        "noise@3": (pytest.approx(32 / 34), 40),
    }
    assert all(bool(one.caution) == (one.n < 20) for one in version.slices)


def test_the_worst_slice_is_one_that_is_large_enough(tmp_path):
    tripled = make(World(tmp_path, times=3).write()).version.by_name["worst_slice_quality_ratio"]
    assert (tripled.value, tripled.n) == (pytest.approx(7 / 9), 30)
    assert tripled.convention.startswith("class 0, lowest of 5 slices")
    assert not tripled.caution


def test_three_times_the_items_are_the_same_shares(tmp_path):
    found = make(World(tmp_path, times=3).write()).version.by_name
    for name in ("accuracy", "accepted_risk", "deferral_rate", "accuracy_with_fallback"):
        value, n = OWN[name]
        assert (found[name].value, found[name].n) == (pytest.approx(value), 3 * n)


def test_where_no_slice_is_large_enough_the_worst_is_marked(version):
    from mtkd.scorecard.quality import worst

    lowest = worst(version.slices[:4])
    assert (lowest.value, lowest.n) == (pytest.approx(7 / 9), 10)
    assert "10 items, fewer than 20" in lowest.caution
    assert math.isnan(worst([]).value)


def test_dd_ceir_names_its_teacher_and_is_marked_as_small(version):
    found = version.by_name["dd_ceir"]
    assert found.convention.startswith("teacher big (")
    assert found.caution == "3 confident errors"


def test_shares_have_wilson_intervals(version):
    found, expected = version.by_name["accuracy"], wilson(34, 40)
    assert (found.low, found.high) == (expected.low, expected.high)


def test_the_paired_bootstrap_is_that_of_items():
    random = np.random.default_rng(5)
    one, other = random.random(400) < 0.8, random.random(400) < 0.6
    found = Paired({"one": one, "other": other}).ratio({"one": 1, "other": -1}, None, "")
    items = crossed_interval([mean_of(one.astype(float) - other, "")])
    assert found.metric.value == pytest.approx(items.metric.value)
    assert found.low == pytest.approx(items.low, abs=0.006)
    assert found.high == pytest.approx(items.high, abs=0.006)


def test_a_ratio_keeps_its_pairs():
    """Two models with equal errors have the ratio 1 in every resample; unpaired they would not."""
    right = np.arange(50) % 5 > 0
    paired = Paired({"one": right, "other": right}).ratio({"one": 1}, {"other": 1}, "")
    assert (paired.metric.value, paired.low, paired.high) == (1, 1, 1)
    apart = Paired({"one": right, "other": right[::-1]}).ratio({"one": 1}, {"other": 1}, "")
    assert apart.low < 0.9 < 1.1 < apart.high


def test_a_gap_within_noise_has_no_interval_and_says_so(tmp_path):
    close = {"sure": (0, 1, 2, 3), "unsure": (4, 5, 6, 8, 10)}
    found = make(World(tmp_path, teacher=close).write()).version
    gap = found.by_name["gap_recovered"]
    assert gap.value == pytest.approx((34 - 30) / (31 - 30))
    assert math.isnan(gap.low)
    assert gap.caution == "the teacher's lead over the control is within noise"
    assert "no interval: undefined in" in gap.convention


def test_of_the_committee_the_most_accurate_on_validation_is_the_teacher(first, version):
    assert version.teacher == "big, big-1"
    assert make(first, teacher="big").version.teacher == "big, big-1"
    assert version.student == "C1: kl · weak+big (seed 0), trial kl-id"
    assert version.control == "plain-seed0, trial plain-id"
