"""Shift amplification and transfer without labels."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import TAU, random_models


def confident_wrong(model):
    pairs = zip(model.predicted, model.labels, model.confidence, strict=True)
    return np.mean([guess != label and sure >= TAU for guess, label, sure in pairs])


def test_amplification_is_a_difference_of_differences():
    clean = random_models(80, models=2)
    shifted = random_models(81, n=90, models=2)
    found = m.shift_amplification(clean[0], shifted[0], clean[1], shifted[1], TAU)
    student = confident_wrong(shifted[0]) - confident_wrong(clean[0])
    control = confident_wrong(shifted[1]) - confident_wrong(clean[1])
    assert found.value == pytest.approx(student - control)
    assert found.value != 0
    assert found.n == 90
    swapped = m.shift_amplification(clean[1], shifted[1], clean[0], shifted[0], TAU)
    assert swapped.value == pytest.approx(-found.value)


def test_transfer_without_labels_by_loops():
    teacher, student, control = (m.Answers(model.probs) for model in random_models(82, models=3))
    told = [i for i in range(60) if teacher.confidence[i] >= TAU]
    rates = [np.mean([x.confidence[i] >= TAU for i in told]) for x in (student, control)]
    found = m.confident_together(teacher, student, TAU)
    assert (found.value, found.n) == (pytest.approx(rates[0]), len(told))
    excess = m.confident_together_excess(teacher, student, control, TAU)
    assert excess.value == pytest.approx(rates[0] - rates[1])
    assert rates[0] != rates[1]
    both = [i for i in told if student.confidence[i] >= TAU]
    found = m.same_confident_answer(teacher, student, TAU)
    expected = np.mean([teacher.predicted[i] == student.predicted[i] for i in both])
    assert (found.value, found.n) == (pytest.approx(expected), len(both))


def test_an_unsure_teacher_transfers_nothing_measurable():
    unsure, other = m.Answers(np.full((5, 4), 0.25)), m.Answers(np.eye(4)[[0, 1, 2, 3, 0]])
    for found in (
        m.confident_together(unsure, other),
        m.confident_together_excess(unsure, other, other),
        m.same_confident_answer(other, unsure),
    ):
        assert math.isnan(found.value)
        assert found.n == 0


def test_quantile_tau_splits_a_models_own_answers():
    confidence = np.linspace(0.51, 0.99, 101)
    model = m.Answers(np.stack([confidence, 1 - confidence], axis=1))
    tau = m.quantile_tau(model)
    assert tau == pytest.approx(0.51 + 0.8 * 0.48)
    assert (model.confidence < tau).sum() == 80
    assert m.quantile_tau(model, 1.0) == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a, b: m.confident_together(a, b), r"same items, got \[n, classes\] = \[\(1, 2\)"),
        (lambda a, b: m.confident_together(a, a, tau=0.0), r"tau must lie in \(0, 1\]"),
        (lambda a, b: m.quantile_tau(a, 0.0), r"quantile must lie in \(0, 1\]"),
        (lambda a, b: m.quantile_tau(m.Answers(np.empty((0, 2)))), "needs validation answers"),
    ],
)
def test_bad_calls_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(m.Answers([[0.5, 0.5]]), m.Answers([[0.5, 0.5], [0.5, 0.5]]))


def test_a_models_own_threshold_survives_that_it_is_rescaled():
    teacher, student, control = random_models(82, models=3)
    pairs = [m.Pair(teacher, model, TAU, 0.3) for model in (student, control)]
    matched = m.sharpness_matched(m.Inheritance(*pairs), 2.0, 0.5)
    assert [p.threshold for p in (matched.student, matched.compared())] == [0.3, 0.3]
