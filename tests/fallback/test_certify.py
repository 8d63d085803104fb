import numpy as np
import pytest
from scipy.stats import binom

from mtkd.fallback import (
    Promise,
    certify,
    conformal_joint_risk,
    largest_risk,
    naive,
    sgr,
)
from tests.fallback.traffic import FIGURES, RULES, stand_in


@pytest.fixture
def items():
    cascade = stand_in()
    return cascade.confidence, cascade.student_right


# Reference figures (see the JSON file for what they are).


def test_fixed_sequence_on_a_grid_of_confidences(items):
    figure = FIGURES["fixed_sequence"]
    grid = np.arange(99, 0, -1) / 100
    found = certify(*items, Promise(figure["risk"], figure["confidence"]), thresholds=grid)
    assert (found.threshold, found.coverage.value) == (figure["threshold"], figure["coverage"])


def test_sgr(items):
    figure = FIGURES["sgr"]
    promise = Promise(figure["risk"], figure["confidence"])
    found = sgr(*items, promise)
    assert (found.threshold, found.coverage.value) == (figure["threshold"], figure["coverage"])
    bound = largest_risk(found.errors, found.accepted, promise.doubt / 9)
    assert bound == pytest.approx(figure["bound"], abs=5e-7)
    for risk in figure["infeasible_at"]:
        assert not sgr(*items, Promise(risk, figure["confidence"])).feasible


def test_conformal_joint_risk(items):
    figure = FIGURES["conformal_joint_risk"]
    found = conformal_joint_risk(*items, figure["risk"])
    assert (found.threshold, found.coverage.value) == (figure["threshold"], figure["coverage"])
    assert (found.errors + 1) / 401 <= 0.05 < (found.errors + 2) / 401


# By hand.


def test_the_first_failure_ends_the_sequence():
    """100 sure items without an error, 100 with 40, then 1,000 without: the middle is a wall."""
    confidence = np.repeat([0.9, 0.8, 0.7], [100, 100, 1000])
    correct = np.repeat([True, False, True], [100, 40, 1060])
    found = certify(confidence, correct, Promise(0.1), start_coverage=0.05)
    assert (found.threshold, found.accepted, found.errors) == (0.9, 100, 0)
    assert Promise(0.1).p_values(40, 1200) < 0.1  # testing the last alone would have passed
    assert naive(confidence, correct, 0.1).threshold == 0.7


def test_a_p_value_equal_to_the_level_passes():
    """Two items without an error have p = .5^2, exactly what a confidence of .75 allows."""
    assert certify(np.full(2, 0.7), np.ones(2, bool), Promise(0.5, 0.75)).feasible


def test_a_rate_equal_to_the_risk_is_naively_fine():
    confidence, correct = np.repeat([0.7, 0.2], [10, 5]), np.arange(15) % 10 > 0
    found = naive(confidence, correct, 0.1)
    assert (found.accepted, found.observed_risk.value, found.observed_risk.n) == (10, 0.1, 10)
    assert (found.coverage.value, found.coverage.n) == (10 / 15, 15)
    assert not naive(confidence[:9], correct[:9], 0.1).feasible


def test_a_stricter_risk_cannot_hide_early_errors_in_a_large_tie():
    """.1 is tested at 120 items and fails with 9 errors; .05 would first be tested at all 600."""
    confidence = np.append(np.linspace(1, 0.9, 121), np.full(479, 0.5))
    correct = np.arange(600) >= 9
    assert not certify(confidence, correct, Promise(0.1)).feasible
    assert not certify(confidence, correct, Promise(0.05)).feasible


def test_each_test_is_at_the_full_level():
    """22 items without an error just pass for .1 at .9; 21 do not."""
    for n, feasible in ((22, True), (21, False)):
        found = certify(np.full(n, 0.7), np.ones(n, bool), Promise(0.1))
        assert found.feasible is feasible


def test_the_grid_steps_by_one_percent_from_the_declared_coverage():
    confidence = np.arange(1000, 0, -1) / 1000
    correct = np.ones(1000, bool)
    correct[215:] = False
    found = certify(confidence, correct, Promise(0.1))
    # 21 % + 1 %: 5 errors of 220; 22 % + 1 %: 15 of 230; 23 % + 1 %: 25 of 240 fails at .1.
    assert binom.cdf(15, 230, 0.1) <= 0.1 < binom.cdf(25, 240, 0.1)
    assert (found.accepted, found.errors) == (230, 15)
    coarse = certify(confidence, correct, Promise(0.1), step=0.04)
    assert coarse.accepted == 200


def test_the_start_is_raised_to_three_smallest_samples():
    """2 errors at the very top fail 5 accepted items, but not the 66 that are tested first."""
    correct = np.ones(300, bool)
    correct[:2] = False
    found = certify(np.arange(300, 0, -1) / 300, correct, Promise(0.1), start_coverage=0.01)
    assert found.coverage.value == 1


@pytest.mark.parametrize(("wrong", "accepted"), [(3, 420), (4, 0)])
def test_nothing_is_promised_if_more_errors_lie_above_the_raised_start_than_may_pass(
    wrong, accepted
):
    """20 sure items, some wrong, then 400 equal ones: the first cut of 66 items has all 420."""
    promise, correct = Promise(0.1), np.arange(420) >= wrong
    assert (promise.start_sample, promise.start_errors) == (66, 3)
    confidence = np.repeat([0.9, 0.8], [20, 400])
    assert certify(confidence, correct, promise, start_coverage=0.01).accepted == accepted


def test_the_start_holds_at_least_the_declared_share():
    """66 items with 3 errors pass, 67 with 4 do not; 0.2 of 333 items are 66.6."""
    correct = np.ones(333, bool)
    correct[[0, 1, 2, 66]] = False
    items = np.arange(333, 0, -1) / 333, correct, Promise(0.1)
    assert certify(*items, start_coverage=66 / 333).accepted == 66
    assert not certify(*items, start_coverage=0.2).feasible


def test_a_confidence_of_nine_tenths_leaves_a_doubt_of_one_tenth():
    assert (Promise(0.1, 0.9).doubt, Promise(0.1, 0.8).doubt) == (0.1, 0.2)


def test_ties_are_accepted_together():
    confidence = np.repeat([0.9, 0.5], [60, 140])
    correct = np.ones(200, bool)
    correct[60:] = np.arange(140) % 4 > 0
    for name, rule in RULES.items():
        found = rule(confidence, correct, 0.2)
        assert found.accepted in (60, 200), name
        assert found.errors in (0, 35), name


def test_the_sentence_says_what_to_do(items):
    found = certify(*items, Promise(0.25, 0.8))
    assert found.sentence.startswith(f"accept answers with confidence >= {found.threshold:.6g}: ")
    assert "at most 0.25 of them wrong with probability 0.8" in found.sentence
    assert "of 400 calibration items" in found.sentence
    assert (found.risk, found.confidence) == (0.25, 0.8)


def test_only_fixed_sequence_and_sgr_claim_a_confidence(items):
    claims = {name: rule(*items, 0.25).confidence for name, rule in RULES.items()}
    assert claims == {"certify": 0.9, "sgr": 0.9, "naive": None, "conformal_joint_risk": None}


def test_sgr_counts_errors_as_integers():
    """The published code truncates 22 * (15 / 22) to 14 and certifies one error too few."""
    assert int(22 * (15 / 22)) == 14
    confidence = np.append(np.full(22, 0.9), 0.1)
    correct = np.append(np.arange(22) >= 15, False)
    bounds = [largest_risk(k, 22, 0.1 / 5) for k in (14, 15)]
    between = Promise(sum(bounds) / 2)
    assert sgr(confidence, correct, between).accepted != 22
