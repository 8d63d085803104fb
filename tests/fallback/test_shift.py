import math

import numpy as np
import pytest

from mtkd.fallback import Promise, certify, outcome
from mtkd.metrics import Answers, Predictions
from tests.fallback.traffic import draw


def answers(confidence, correct):
    """Two-class predictions with these confidences (at least .5) and correctness."""
    probs = np.stack([confidence, 1 - confidence], axis=1)
    return Predictions(probs, np.where(correct, 0, 1))


PROMISE = Promise(0.1, 0.9)


def block(*groups):
    """Items as (confidence, right, wrong) groups."""
    confidence = np.concatenate([np.full(right + wrong, sure) for sure, right, wrong in groups])
    correct = np.concatenate([np.arange(right + wrong) < right for _, right, wrong in groups])
    return answers(confidence, correct)


def test_a_broken_promise_and_its_price_by_hand():
    """Above .8 the shift makes 60 of 200 wrong; knowing it, one would have stopped at .9."""
    found = outcome("noise@3", block((0.95, 90, 10), (0.85, 50, 50), (0.6, 20, 80)), 0.8, PROMISE)
    assert (found.coverage.value, found.coverage.n) == (pytest.approx(2 / 3), 300)
    assert (found.risk.value, found.risk.n) == (0.3, 200)
    assert found.low < 0.3 < found.high
    assert found.verdict == "broken"
    assert found.excess_risk == pytest.approx(0.2)
    assert (found.oracle_threshold, found.oracle_coverage.value) == (0.95, pytest.approx(1 / 3))
    assert found.coverage_change == pytest.approx(-1 / 3)


def test_a_kept_promise_can_cost_coverage():
    found = outcome("clean", block((0.95, 100, 0), (0.85, 95, 5)), 0.9, PROMISE)
    assert (found.verdict, found.excess_risk) == ("kept", 0)
    assert (found.coverage_change, found.oracle_threshold) == (0.5, 0.85)


def test_few_items_leave_it_open():
    found = outcome("clean", block((0.95, 9, 1)), 0.9, PROMISE)
    assert (found.verdict, found.excess_risk) == ("open", 0)
    assert found.low <= 0.1 <= found.high


def test_out_of_scope_traffic_escapes_without_a_risk():
    found = outcome("inverted", Answers(np.array([[0.95, 0.05], [0.6, 0.4]])), 0.9, PROMISE)
    assert (found.coverage.value, found.verdict) == (0.5, "no labels")
    assert math.isnan(found.risk.value)
    assert math.isnan(found.excess_risk)
    assert math.isnan(found.coverage_change)


def test_an_infeasible_rule_accepts_nothing_anywhere():
    found = outcome("clean", block((0.95, 100, 0)), None, PROMISE)
    assert (found.coverage.value, found.risk.n, found.verdict) == (0, 0, "nothing accepted")
    assert found.coverage_change == 1
    assert outcome("inverted", Answers([[0.5, 0.5]]), None, PROMISE).coverage.value == 0


def test_no_safe_threshold_on_the_domain():
    found = outcome("noise@5", block((0.95, 5, 95)), 0.9, PROMISE)
    assert found.oracle_threshold is None
    assert (found.oracle_coverage.value, found.coverage_change) == (0, -1)


def test_a_certified_threshold_is_kept_on_clean_and_broken_by_overconfidence():
    random = np.random.default_rng(0)
    promise = Promise(0.1)
    confidence, correct = draw(random, 4000)
    threshold = certify(confidence, correct, promise).threshold
    sure, right = draw(random, 4000)
    half = (1 + sure) / 2
    clean = outcome("clean", answers(half, right), (1 + threshold) / 2, promise)
    shifted = outcome("shift", answers(half, right & (random.random(4000) < 0.85)), 0.9, promise)
    assert (clean.verdict, shifted.verdict) == ("kept", "broken")
