"""Similarity and flips against loops, SciPy and scikit-learn, and their edges."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

import mtkd.metrics as m
from tests.metrics.worlds import TAU, random_cell

CELLS = [random_cell(seed, step=step) for seed in (20, 21, 22) for step in (None, 0.1)]


@pytest.fixture(params=range(len(CELLS)))
def cell(request):
    return CELLS[request.param]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def test_similarity(cell):
    for pair in (cell.student, cell.control):
        model = pair.model
        both = [i for i in range(60) if cell.teacher.wrong[i] and model.wrong[i]]
        expected = mean(model.predicted[i] == cell.teacher.predicted[i] for i in both)
        assert m.same_wrong_agreement(pair).value == pytest.approx(expected)
        assert m.same_wrong_agreement(pair).n == len(both)
        expected = cohen_kappa_score(cell.teacher.correct, model.correct)
        assert m.error_consistency(pair).value == pytest.approx(expected)
        expected = mean(model.predicted[i] == cell.teacher.predicted[i] for i in range(60))
        assert m.top1_agreement(pair).value == pytest.approx(expected)
        expected = mean(stats.entropy(cell.teacher.probs[i], model.probs[i]) for i in range(60))
        assert m.predictive_kl(pair).value == pytest.approx(expected)
        wrong = cell.teacher.wrong
        expected = stats.spearmanr(cell.teacher.confidence[wrong], pair.mass[wrong]).statistic
        assert m.confidence_coupling(pair).value == pytest.approx(expected)
    first, second = m.confidence_coupling(cell.student), m.confidence_coupling(cell.control)
    assert m.coupling_excess(cell).value == pytest.approx(first.value - second.value)


def test_coupling_needs_three_points_that_differ():
    probs = np.array([[0.6, 0.4], [0.7, 0.3], [0.8, 0.2]])
    labels, spread = np.array([1, 1, 1]), np.array([[0.5, 0.5], [0.9, 0.1], [0.6, 0.4]])
    for rows_, expected in (([0, 1], math.nan), ([0, 1, 2], 0.5)):
        teacher = m.Predictions(probs[rows_], labels[rows_])
        pair = m.Pair(teacher, m.Predictions(spread[rows_], labels[rows_]))
        assert m.confidence_coupling(pair).value == pytest.approx(expected, nan_ok=True)
    constant = m.Pair(m.Predictions(probs, labels), m.Predictions(probs[[0, 0, 0]], labels))
    assert math.isnan(m.confidence_coupling(constant).value)


def test_two_classes_make_same_wrong_agreement_degenerate():
    models = [m.Predictions([[0.8, 0.2], [0.3, 0.7]], [1, 1]) for _ in range(2)]
    found = m.same_wrong_agreement(m.Pair(*models))
    assert found.value == 1
    assert "degenerate" in found.convention
    assert "degenerate" not in m.same_wrong_agreement(CELLS[0].student).convention


def test_kl_of_an_excluded_class_is_infinite_and_of_an_unused_one_is_not():
    sharp = m.Predictions([[1.0, 0.0]], [0])
    even = m.Predictions([[0.5, 0.5]], [0])
    assert m.predictive_kl(m.Pair(even, sharp)).value == math.inf
    assert m.predictive_kl(m.Pair(sharp, even)).value == pytest.approx(math.log(2))


def test_always_right_models_have_no_chance_to_exceed():
    certain = m.Predictions(np.eye(3), np.arange(3))
    assert math.isnan(m.error_consistency(m.Pair(certain, certain)).value)
    assert math.isnan(m.capa(m.Pair(certain, certain)).value)


def test_flips(cell):
    teacher, student = cell.teacher, cell.student.model
    lost = [teacher.correct[i] and not student.correct[i] for i in range(60)]
    won = [student.correct[i] and not teacher.correct[i] for i in range(60)]
    sure = [a and student.confidence[i] >= TAU for i, a in enumerate(lost)]
    assert m.negative_flip_rate(teacher, student).value == pytest.approx(mean(lost))
    assert m.positive_flip_rate(teacher, student).value == pytest.approx(mean(won))
    found = m.confident_negative_flip_rate(teacher, student, TAU)
    assert found.value == pytest.approx(mean(sure))
    assert 0 < mean(sure) < mean(lost)
