"""The promise over many calibration sets, against the true risk. Fixed seed."""

import numpy as np
import pytest

from mtkd.fallback import Promise, certify, conformal_joint_risk, naive, sgr
from tests.fallback.traffic import draw, true_risks

DRAWS = 500
CASES = [(0.1, 500), (0.1, 2000), (0.05, 2000)]


def thresholds(rules, n, seed=3, levels=None):
    """`[rule][draw]`: the thresholds on the same draws; NaN where infeasible."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(DRAWS):
        confidence, correct = draw(random, n)
        if levels:
            confidence = np.ceil(confidence * levels) / levels
        each = (rule(confidence, correct).threshold for rule in rules)
        found.append([np.nan if threshold is None else threshold for threshold in each])
    return np.array(found).T


def broken(found, risk):
    """Share of draws whose true risk is above the promise; infeasible ones keep it."""
    feasible = ~np.isnan(found)
    return (true_risks(found[feasible]) > risk).sum() / len(found)


@pytest.mark.parametrize(("risk", "n"), CASES)
def test_fixed_sequence_keeps_the_promise_and_the_naive_rule_breaks_it(risk, n):
    promise = Promise(risk)
    certified, safe, lucky = thresholds(
        (
            lambda c, a: certify(c, a, promise),
            lambda c, a: sgr(c, a, promise),
            lambda c, a: naive(c, a, risk),
        ),
        n,
    )
    assert broken(certified, risk) <= promise.doubt
    assert broken(safe, risk) <= promise.doubt
    assert broken(lucky, risk) > 0.5
    if (risk, n) == (0.1, 2000):
        assert broken(certified, risk) > 0.02  # not kept by being timid
        assert np.isnan(certified).mean() < 0.02
        assert np.nanmean(certified) < np.nanmean(safe)  # covers more than SGR


def test_quantised_confidences_keep_it_too():
    """With 20 levels, level k holds what lies above (k - 1) / 20."""
    (certified,) = thresholds([lambda c, a: certify(c, a, Promise(0.1))], 1000, levels=20)
    assert broken(certified - 1 / 20, 0.1) <= 0.1
    assert np.isnan(certified).mean() < 0.5


def test_conformal_risk_control_keeps_the_mean_joint_risk():
    (found,) = thresholds([lambda c, a: conformal_joint_risk(c, a, 0.03)], 300)
    confidence, correct = draw(np.random.default_rng(11), 200_000)
    order = np.argsort(-confidence)
    wrong = np.append(0, np.cumsum(~correct[order])) / len(order)
    accepted = np.searchsorted(-confidence[order], -np.nan_to_num(found, nan=2.0), side="right")
    assert 0.025 < wrong[accepted].mean() <= 0.0305
