"""Proper scores, errors without bins and rates against other libraries and closed forms."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

import mtkd.metrics as m
from tests.metrics.worlds import random_models

MODELS = [random_models(seed, models=1, step=step)[0] for seed in (1, 2) for step in (None, 0.1)]


@pytest.fixture(params=range(len(MODELS)))
def model(request):
    return MODELS[request.param]


def test_proper_scores_agree_with_sklearn(model):
    names = np.arange(4)
    if (model.label_probs > 0).all():
        expected = sk.log_loss(model.labels, model.probs, labels=names)
        assert m.nll(model.probs, model.labels).value == pytest.approx(expected)
    expected = np.mean(np.sum((model.probs - np.eye(4)[model.labels]) ** 2, axis=1))
    assert m.brier(model.probs, model.labels).value == pytest.approx(expected)
    expected = sk.accuracy_score(model.labels, model.predicted)
    assert m.accuracy(model.probs, model.labels).value == pytest.approx(expected)


def test_an_impossible_label_makes_nll_infinite_and_is_counted():
    probs, labels = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([1, 0])
    assert m.nll(probs, labels).value == math.inf
    assert m.impossible_label_rate(probs, labels) == m.Metric(0.5, 2, "p(label) = 0")


def test_brier_is_not_halved_for_two_classes():
    found = m.brier(np.array([[0.25, 0.75]]), np.array([0])).value
    assert found == pytest.approx(2 * 0.75**2)


def test_corp_is_exact_and_uses_isotonic_regression(model):
    pair = (model.confidence, model.correct)
    parts = {name: part.value for name, part in m.corp(*pair).items()}
    total = parts["miscalibration"] - parts["discrimination"] + parts["uncertainty"]
    assert total == pytest.approx(m.top_label_brier(*pair).value, abs=1e-12)
    fitted = IsotonicRegression().fit_transform(model.confidence, model.correct.astype(float))
    best = np.mean((fitted - model.correct) ** 2)
    expected = m.top_label_brier(*pair).value - best
    assert parts["miscalibration"] == pytest.approx(expected, abs=1e-7)
    assert parts["uncertainty"] == pytest.approx(model.correct.var())


def test_corp_of_nothing_is_nan():
    for part in m.corp(np.empty(0), np.empty(0, bool)).values():
        assert math.isnan(part.value)
        assert part.n == 0


def test_ks_by_a_loop_over_thresholds(model):
    drifts = [
        abs(np.sum((model.correct - model.confidence)[model.confidence <= limit])) / len(model)
        for limit in np.unique(model.confidence)
    ]
    found = m.ks_ce(model.confidence, model.correct).value
    assert found == pytest.approx(max(drifts), abs=1e-12)


def test_ks_looks_after_complete_tie_groups():
    # One of two equal confidences is right: nothing has drifted, though it has halfway through.
    assert m.ks_ce(np.array([0.5, 0.5]), np.array([True, False])).value == 0
    assert m.ks_ce(np.array([0.5, 0.6]), np.array([True, False])).value == pytest.approx(0.25)


def test_smooth_error_is_its_integral(model):
    width = 0.07

    def smoothed(t):
        images = [model.confidence, -model.confidence, 2 - model.confidence]
        kernels = sum(stats.norm.pdf(t, image, width) for image in images)
        return abs(np.mean((model.confidence - model.correct) * kernels))

    expected = integrate.quad(smoothed, 0, 1, limit=400)[0]
    found = m.smooth_ece(model.confidence, model.correct, bandwidth=width).value
    assert found == pytest.approx(expected, abs=4e-3)


def test_smooth_error_is_its_own_bandwidth(model):
    found = m.smooth_ece(model.confidence, model.correct).value
    at_itself = m.smooth_ece(model.confidence, model.correct, bandwidth=found).value
    assert at_itself == pytest.approx(found, abs=2e-3)


def test_spiegelhalter_is_undefined_where_nothing_can_vary():
    found = m.spiegelhalter_z(np.array([0.5, 1.0]), np.array([True, True]))
    assert math.isnan(found.value)
    assert found.n == 2
    assert math.isnan(m.spiegelhalter_p(np.array([0.5, 1.0]), np.array([True, True])).value)


def test_confident_wrong_includes_tau_itself():
    confidence, correct = np.array([0.5, 0.9, 0.95, 0.9]), np.array([False, False, False, True])
    assert m.confident_wrong_rate(confidence, correct).value == 0.5
    assert m.confident_wrong_rate(confidence, correct, tau=0.95).value == 0.25


def test_no_error_leaves_the_confidence_on_errors_undefined():
    found = m.mean_confidence_on_errors(np.array([0.5]), np.array([True]))
    assert math.isnan(found.value)
    assert found.n == 0


def test_every_order_of_ties_averages_to_the_expected_risks():
    confidence = np.array([0.9, 0.7, 0.7, 0.7, 0.4, 0.4])
    correct = np.array([True, False, True, True, False, True])
    areas = []
    for middle, last in itertools.product(itertools.permutations([1, 2, 3]), ([4, 5], [5, 4])):
        wrong = ~correct[[0, *middle, *last]]
        areas.append(np.mean(np.cumsum(wrong) / np.arange(1, 7)))
    assert m.aurc(confidence, correct).value == pytest.approx(np.mean(areas), abs=1e-12)
    assert len(set(areas)) > 3


def test_a_p_value_of_too_little_confidence_is_a_probability_too():
    confidence, correct = np.full(4, 0.9), np.ones(4, bool)
    z = m.spiegelhalter_z(confidence, correct).value
    assert z == pytest.approx(-4 * 0.1 * 0.8 / math.sqrt(4 * 0.64 * 0.09))
    assert m.spiegelhalter_p(confidence, correct).value == pytest.approx(math.erfc(-z / 2**0.5))
