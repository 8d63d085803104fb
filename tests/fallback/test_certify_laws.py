import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from mtkd.fallback import INFEASIBLE, Promise, certify, conformal_joint_risk, cuts, naive
from tests.fallback.traffic import RULES, draw


@st.composite
def tied_items(draw_from):
    """Up to 900 items on few or many confidence levels, more often right when confident."""
    seed = draw_from(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    n, levels = draw_from(st.integers(1, 900)), draw_from(st.sampled_from([2, 5, 17, 1000, 10**9]))
    confidence = np.ceil(random.random(n) * levels) / levels
    slope = draw_from(st.floats(0, 1))
    return confidence, random.random(n) >= slope * (1 - confidence) * draw_from(st.floats(0.05, 1))


@settings(max_examples=150, deadline=None)
@given(tied_items(), st.floats(0.005, 0.4), st.floats(1.0, 3.0), st.sampled_from([0.6, 0.9, 0.99]))
def test_a_stricter_risk_never_covers_more(items, strict, factor, confidence):
    loose = min(strict * factor, 0.9)
    for rule in (certify, lambda c, a, p: naive(c, a, p.risk)):
        less = rule(*items, Promise(strict, confidence)).coverage.value
        assert less <= rule(*items, Promise(loose, confidence)).coverage.value
    assert (
        conformal_joint_risk(*items, strict).accepted
        <= conformal_joint_risk(*items, loose).accepted
    )


@settings(max_examples=80, deadline=None)
@given(tied_items(), st.floats(0.02, 0.4), st.integers(0, 10**6))
def test_the_order_of_items_changes_nothing(items, risk, seed):
    order = np.random.default_rng(seed).permutation(len(items[0]))
    shuffled = items[0][order], items[1][order]
    for name, rule in RULES.items():
        assert rule(*items, risk) == rule(*shuffled, risk), name


@settings(max_examples=80, deadline=None)
@given(tied_items(), st.floats(0.02, 0.4))
def test_what_is_certified_passes_its_own_test(items, risk):
    promise = Promise(risk)
    found = certify(*items, promise)
    if found.feasible:
        accepted = items[0] >= found.threshold
        assert (found.accepted, found.errors) == (accepted.sum(), (accepted & ~items[1]).sum())
        assert binom.cdf(found.errors, found.accepted, risk) <= promise.doubt + 1e-12
        assert found.accepted >= min(promise.start_sample, len(items[0]))


@settings(max_examples=50, deadline=None)
@given(tied_items())
def test_cuts_count_what_a_loop_counts(items):
    confidence, correct = items
    found = cuts(confidence, correct)
    assert (np.diff(found.threshold) < 0).all()
    for threshold in [0.0, 0.5, 1.0, *found.threshold[:5]]:
        above = confidence >= threshold
        assert found.at(float(threshold)) == (above.sum(), (above & ~correct).sum())
    assert found.at(None) == (0, 0)


def test_probabilities_with_labels_are_the_same_as_confidences():
    random = np.random.default_rng(0)
    probs = random.dirichlet(np.full(5, 0.05), size=800)
    labels = np.where(random.random(800) < 0.97, probs.argmax(1), 0)
    first = certify(probs, labels, Promise(0.1))
    assert first == certify(probs.max(1), probs.argmax(1) == labels, Promise(0.1))
    assert first.feasible


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start_coverage": 0.0}, r"start_coverage must lie in \(0, 1\], got 0.0"),
        ({"start_coverage": math.nan}, r"start_coverage must lie in \(0, 1\], got nan"),
        ({"step": 2}, r"step must lie in \(0, 1\], got 2"),
        ({"thresholds": [0.5, 0.6]}, r"thresholds must be numbers in \[0, 1\] that fall"),
        ({"thresholds": []}, "thresholds must be numbers"),
        ({"thresholds": [1.5, 0.5]}, "thresholds must be numbers"),
    ],
)
def test_arguments_that_cannot_be_meant(change, words):
    confidence, correct = draw(np.random.default_rng(0), 100)
    with pytest.raises(ValueError, match=words):
        certify(confidence, correct, Promise(0.1), **change)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_nan_is_refused_with_its_row(rule):
    confidence, correct = draw(np.random.default_rng(0), 100)
    confidence[17] = math.nan
    with pytest.raises(ValueError, match="confidence row 17 is nan"):
        rule(confidence, correct, 0.1)
    with pytest.raises(ValueError, match="risk must lie strictly between 0 and 1, got 0"):
        rule(confidence[:5], correct[:5], 0)


def test_infeasible_is_said_and_accepts_nothing():
    confidence, correct = np.linspace(0.5, 1, 200), np.arange(200) % 2 < 1
    for name, rule in RULES.items():
        found = rule(confidence, correct, 0.002)
        assert not found.feasible, name
        assert found.sentence == INFEASIBLE == "infeasible: send everything to the teacher"
        assert (found.threshold, found.accepted, found.coverage.value) == (None, 0, 0)
        assert math.isnan(found.observed_risk.value)


def test_no_items_are_infeasible_everywhere():
    for name, rule in RULES.items():
        found = rule(np.zeros(0), np.zeros(0, bool), 0.1)
        assert not found.feasible, name
        assert math.isnan(found.coverage.value)
