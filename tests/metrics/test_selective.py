"""Selective prediction and OOD: identities, ties, edges, and scikit-learn as a second opinion."""

import math

import numpy as np
import pytest
from sklearn import metrics as sk

import mtkd.metrics as m
from tests.metrics.worlds import random_models

MODELS = [random_models(seed, models=1, step=step)[0] for seed in (1, 2) for step in (None, 0.1)]


@pytest.fixture(params=range(len(MODELS)))
def model(request):
    return MODELS[request.param]


def test_augrc_identity(model):
    pair = (model.confidence, model.correct)
    accuracy, auroc = model.correct.mean(), m.auroc_errors(*pair).value
    expected = (1 - auroc) * accuracy * (1 - accuracy) + (1 - accuracy) ** 2 / 2
    assert m.augrc(*pair).value == pytest.approx(expected, abs=1e-12)
    excess = expected - (1 - accuracy) ** 2 / 2
    assert m.e_augrc(*pair).value == pytest.approx(excess, abs=1e-12)


def test_rankings_agree_with_sklearn(model):
    pair, wrong = (model.confidence, model.correct), ~model.correct
    expected = sk.roc_auc_score(model.correct, model.confidence)
    assert m.auroc_errors(*pair).value == pytest.approx(expected, abs=1e-12)
    expected = sk.average_precision_score(wrong, -model.confidence)
    assert m.aupr_errors(*pair).value == pytest.approx(expected, abs=1e-12)
    false, true, _ = sk.roc_curve(model.correct, model.confidence, drop_intermediate=False)
    assert m.fpr95_errors(*pair).value == pytest.approx(false[true >= 0.95].min(), abs=1e-12)


def test_ood_agrees_with_sklearn():
    rng = np.random.default_rng(3)
    inside, outside = rng.integers(0, 9, 50) / 10, rng.integers(3, 12, 31) / 10
    scores, is_ood = np.concatenate([inside, outside]), np.arange(81) >= 50
    expected = sk.average_precision_score(~is_ood, -scores)
    assert m.ood_aupr_in(inside, outside).value == pytest.approx(expected, abs=1e-12)
    expected = sk.average_precision_score(is_ood, scores)
    assert m.ood_aupr_out(inside, outside).value == pytest.approx(expected, abs=1e-12)
    expected = sk.roc_auc_score(is_ood, scores)
    assert m.ood_auroc(inside, outside).value == pytest.approx(expected, abs=1e-12)
    for found, positive, score in (
        (m.ood_fpr95_ood_positive, is_ood, scores),
        (m.ood_fpr95_id_positive, ~is_ood, -scores),
    ):
        false, true, _ = sk.roc_curve(positive, score, drop_intermediate=False)
        expected = false[true >= 0.95].min()
        assert found(inside, outside).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("correct", [[True, True], [False, False]])
def test_rankings_of_one_kind_are_undefined_not_zero(correct):
    pair = (np.array([0.6, 0.9]), np.array(correct))
    for metric in (m.auroc_errors, m.aupr_errors, m.fpr95_errors):
        assert math.isnan(metric(*pair).value)
        assert metric(*pair).n == 2


def test_perfect_order_has_no_excess():
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    correct = np.array([True, True, True, False, False])
    assert m.e_aurc(confidence, correct).value == pytest.approx(0, abs=1e-15)
    assert m.e_augrc(confidence, correct).value == pytest.approx(0, abs=1e-15)
    # errors per k accepted: 0, 0, 0, 1, 2
    assert m.aurc(confidence, correct).value == pytest.approx((1 / 4 + 2 / 5) / 5)
    reverse = m.e_aurc(confidence[::-1], correct).value
    assert reverse == pytest.approx((1 + 1 + 2 / 3 + 2 / 4 + 2 / 5 - 1 / 4 - 2 / 5) / 5)


@pytest.mark.parametrize("items", [3, 10, 100])
def test_risk_at_coverage_rounds_up_and_no_further(items):
    confidence = np.linspace(1, 0.5, items)
    for accepted in range(1, items + 1):
        correct = np.arange(items) < accepted
        exact = m.risk_at_coverage(confidence, correct, coverage=accepted / items)
        assert exact.value == 0
        if accepted < items:
            beyond = m.risk_at_coverage(confidence, correct, coverage=(accepted + 0.01) / items)
            assert beyond.value > 0


def test_coverage_at_risk_keeps_ties_together_and_does_not_say_zero():
    confidence = np.array([0.9, 0.8, 0.8, 0.7])
    correct = np.array([True, True, False, True])
    assert m.coverage_at_risk(confidence, correct, risk=0.0).value == 0.25
    assert m.coverage_at_risk(confidence, correct, risk=0.25).value == 1.0
    assert m.coverage_at_risk(confidence, correct, risk=0.3).value == 1.0
    never = m.coverage_at_risk(confidence, ~correct, risk=0.3)
    assert math.isnan(never.value)
    assert never.n == 4


def test_the_curve_of_nothing_has_no_points():
    curve = m.risk_coverage(np.empty(0), np.empty(0, bool))
    assert isinstance(curve, m.RiskCoverage)
    assert curve.coverage.size == curve.risk.size == curve.threshold.size == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.coverage_at_risk([0.5], [True], risk=1.0), r"risk must lie in \[0, 1\), got 1"),
        (lambda: m.risk_at_coverage([0.5], [True], coverage=0), r"coverage must lie in \(0, 1\]"),
        (lambda: m.confident_wrong_rate([0.5], [True], tau=1.5), r"tau must lie in \(0, 1\], got"),
        (lambda: m.ece([0.5], [True], bins=0), "bins must be a positive whole number, got 0"),
        (lambda: m.ece([0.5], [True], closed="both"), "'left' or 'right', got 'both'"),
        (lambda: m.mce([0.5], [True], min_count=0), "min_count must be a positive whole number"),
        (lambda: m.smooth_ece([0.5], [True], bandwidth=0.0), "leave it out to search it"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
