import math

import numpy as np
import pytest

from mtkd.fallback import (
    Cascade,
    confidence_curve,
    gap_recovered,
    mean_gap_recovered,
    normalised_deferral_gain,
    operate,
    oracle_curve,
    random_curve,
    share_needed,
)
from mtkd.metrics import Predictions
from tests.fallback.traffic import FIGURES, stand_in

# Ten items from sure to unsure; the tie of .6 holds one rescue and one loss.
CONFIDENCE = np.array([0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.6, 0.5, 0.4, 0.3])
STUDENT = np.array([1, 1, 0, 1, 0, 1, 0, 0, 1, 0], bool)
TEACHER = np.array([1, 1, 0, 0, 1, 0, 1, 1, 1, 1], bool)


@pytest.fixture
def cascade():
    return Cascade(CONFIDENCE, STUDENT, TEACHER)


def same(value, expected):
    assert value == pytest.approx(expected, abs=5e-7)


# Reference figures.


def test_the_stand_in_is_what_it_says():
    cascade = stand_in()
    assert cascade.student_right.mean() == FIGURES["accuracy"]
    assert cascade.teacher_right.mean() == FIGURES["teacher_accuracy"]


def test_deferral_figures():
    cascade = stand_in()
    same(gap_recovered(cascade, 0.5).value, FIGURES["gap_recovered@0.5"])
    same(mean_gap_recovered(cascade).value, FIGURES["mean_gap_recovered"])
    same(share_needed(cascade, 0.5).value, FIGURES["share_needed@0.5"])
    same(share_needed(cascade, 0.8).value, FIGURES["share_needed@0.8"])
    same(normalised_deferral_gain(cascade).value, FIGURES["normalised_deferral_gain"])


# By hand.


def test_operation_by_hand(cascade):
    found = operate(cascade, 0.7)
    values = {name: (metric.value, metric.n) for name, metric in vars(found).items()}
    assert values == {
        "coverage": (0.5, 10),
        "risk": (0.4, 5),
        "joint_risk": (0.2, 10),
        "accuracy": (0.7, 10),  # 3 of the 5 accepted, 4 of the 5 deferred
        "student_accuracy": (0.5, 10),
        "teacher_accuracy": (0.7, 10),
        "teacher_right_if_deferred": (0.8, 5),
        "student_right_if_deferred": (0.4, 5),
        "teacher_right_if_escaped": (0.5, 2),  # items 3 (both wrong) and 5 (teacher right)
    }
    assert found.deferred == 0.5


def test_the_threshold_itself_is_accepted(cascade):
    assert operate(cascade, 0.6).coverage.value == 0.7
    assert operate(cascade, np.nextafter(0.6, 1)).coverage.value == 0.5


def test_an_infeasible_rule_is_the_teacher_alone(cascade):
    found = operate(cascade, None)
    assert (found.coverage.value, found.accuracy.value, found.deferred) == (0, 0.7, 1)
    assert math.isnan(found.risk.value)
    assert (found.risk.n, found.teacher_right_if_escaped.n) == (0, 0)


def test_curves_by_hand(cascade):
    curve = confidence_curve(cascade)
    # Gains from unsure to sure: +1, 0, +1, (-1 and +1), +1, -1, 0, 0, 0.
    np.testing.assert_allclose(curve.deferred, [0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    np.testing.assert_allclose(curve.accuracy, [0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.7, 0.7, 0.7, 0.7])
    oracle = oracle_curve(cascade)
    np.testing.assert_allclose(oracle.deferred, [0, 0.4, 0.8, 1])
    np.testing.assert_allclose(oracle.accuracy, [0.5, 0.9, 0.9, 0.7])
    assert random_curve(cascade).at(0.25) == pytest.approx(0.55)


def test_recovery_by_hand(cascade):
    assert gap_recovered(cascade, 0.5).value == pytest.approx(1)
    assert gap_recovered(cascade, 0.4).value == pytest.approx(1)  # the middle of the tie
    assert gap_recovered(cascade, 0.6).value == pytest.approx(1.5)
    area = np.mean([0.55, 0.6, 0.65, 0.7, 0.7, 0.75, 0.75, 0.7, 0.7, 0.7])
    assert mean_gap_recovered(cascade).value == pytest.approx((area - 0.5) / 0.2)
    assert share_needed(cascade, 0.5).value == pytest.approx(0.1)
    assert share_needed(cascade, 0.8).value == pytest.approx(0.3)
    # Trapezoids of the oracle: .4 * .7 + .4 * .9 + .2 * .8.
    assert normalised_deferral_gain(cascade).value == pytest.approx((area - 0.6) / (0.8 - 0.6))


def test_share_needed_is_achievable_by_a_threshold():
    """All five of one confidence go together, though two of them would do."""
    cascade = Cascade(np.full(5, 0.5), np.zeros(5, bool), np.ones(5, bool))
    assert share_needed(cascade, 0.3).value == 1


def test_no_gap_is_nan_and_says_how_many_items():
    worse = Cascade(CONFIDENCE, TEACHER, STUDENT)
    for found in (gap_recovered(worse, 0.5), mean_gap_recovered(worse), share_needed(worse, 0.5)):
        assert math.isnan(found.value)
        assert found.n == 10
    alike = Cascade(CONFIDENCE, STUDENT, STUDENT)
    assert math.isnan(normalised_deferral_gain(alike).value)


def test_no_items_are_nan():
    empty = Cascade(np.zeros(0), np.zeros(0, bool), np.zeros(0, bool))
    assert math.isnan(mean_gap_recovered(empty).value)
    assert operate(empty, 0.5).coverage.n == 0
    with pytest.raises(ValueError, match="at least one labelled item"):
        random_curve(empty)


def test_models_must_have_seen_the_same_items():
    probs = np.array([[0.8, 0.2], [0.3, 0.7]])
    student, teacher = Predictions(probs, [0, 1]), Predictions(probs, [0, 0])
    with pytest.raises(ValueError, match="models disagree about the label of row 1"):
        Cascade.of(student, teacher)
    cascade = Cascade.of(student, Predictions(probs[::-1], [0, 1]))
    np.testing.assert_array_equal(cascade.confidence, [0.8, 0.7])
    np.testing.assert_array_equal(cascade.student_right, [True, True])
    np.testing.assert_array_equal(cascade.teacher_right, [False, False])


# A teacher that is silent somewhere.


def test_what_a_silent_teacher_would_have_said_counts_nowhere():
    spoke = np.arange(len(STUDENT)) % 3 != 2
    found = operate(Cascade(CONFIDENCE, STUDENT, TEACHER & spoke, spoke), 0.65)
    heard = operate(Cascade(CONFIDENCE[spoke], STUDENT[spoke], TEACHER[spoke]), 0.65)
    for name in ("teacher_accuracy", "teacher_right_if_deferred", "student_right_if_deferred"):
        assert getattr(found, name) == getattr(heard, name)
    assert found.teacher_right_if_escaped == heard.teacher_right_if_escaped
    # The student answers the first five; of those handed over, the sixth and eighth are silent.
    assert (found.coverage.n, found.coverage.value) == (10, 0.5)
    assert (found.teacher_right_if_deferred.n, found.accuracy.n) == (spoke[5:].sum(), 8)


def test_curves_are_about_the_items_at_which_the_teacher_answers():
    spoke = np.arange(len(STUDENT)) % 3 != 2
    heard = Cascade(CONFIDENCE, STUDENT, TEACHER & spoke, spoke).heard()
    assert len(heard) == spoke.sum()
    assert heard.teacher_right.tolist() == TEACHER[spoke].tolist()
    assert heard.teacher_spoke.all()


def test_predictions_bring_where_they_spoke():
    labels, probs = np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    spoke = np.array([True, True, False])
    cascade = Cascade.of(Predictions(probs, labels), Predictions(probs, labels, spoke=spoke))
    assert cascade.teacher_spoke.tolist() == spoke.tolist()
    assert cascade.teacher_right.tolist() == [True, True, False]
