"""Removal of a teacher, and likeness beyond the control: by hand, golden values, refusals."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import close, random_models, reference_cell, value_at


def sure_of(labels, confidence=0.95):
    """Predictions that give these classes of three with this confidence."""
    probs = np.full((len(labels), 3), (1 - confidence) / 2)
    probs[np.arange(len(labels)), labels] = confidence
    return probs


TRUTH = np.zeros(5, dtype=int)
TEACHER = m.Predictions(sure_of([1, 1, 1, 2, 0]), TRUTH)
WHOLE = m.Predictions(sure_of([1, 1, 1, 0, 0]), TRUTH)
WITHOUT = m.Predictions(sure_of([1, 0, 2, 2, 0]), TRUTH)


def test_removal_effect_by_hand():
    # On the 4 confident errors: the whole repeats 3, the one without repeats 2.
    effect = m.removal_effect(m.Pair(TEACHER, WHOLE), m.Pair(TEACHER, WITHOUT))
    assert effect.value == pytest.approx(3 / 4 - 2 / 4)
    assert effect.n == 4
    assert m.removal_effect(m.Pair(TEACHER, WITHOUT), m.Pair(TEACHER, WHOLE)).value == -1 / 4


def test_removal_effect_is_the_difference_of_both_ceir():
    teacher, whole, without = random_models(0, n=300, models=3)
    pairs = m.Pair(teacher, whole, 0.5), m.Pair(teacher, without, 0.5)
    expected = m.ceir(pairs[0]).value - m.ceir(pairs[1]).value
    assert m.removal_effect(*pairs).value == pytest.approx(expected)
    assert expected != 0
    items = m.removal_effect_items(*pairs)
    assert items.metric() == m.removal_effect(*pairs)


def test_a_teacher_that_is_never_confidently_wrong_has_no_effect_to_measure():
    right = m.Predictions(sure_of(TRUTH), TRUTH)
    effect = m.removal_effect(m.Pair(right, WHOLE), m.Pair(right, WITHOUT))
    assert math.isnan(effect.value)
    assert effect.n == 0


def test_other_teachers_or_thresholds_are_refused():
    with pytest.raises(ValueError, match="same teacher at the same tau"):
        m.removal_effect(m.Pair(TEACHER, WHOLE), m.Pair(WHOLE, WITHOUT))
    with pytest.raises(ValueError, match="same teacher at the same tau"):
        m.removal_effect(m.Pair(TEACHER, WHOLE, 0.9), m.Pair(TEACHER, WITHOUT, 0.5))


@pytest.mark.parametrize("teacher", ["teacher1", "teacher2"])
@pytest.mark.parametrize(
    ("metric", "key"),
    [(m.error_consistency_excess, "error_consistency_lmsim"), (m.capa_excess, "capa_prob_lmsim")],
)
def test_likeness_beyond_the_control_agrees_with_lm_sim(teacher, metric, key):
    cell = reference_cell(teacher)
    at = "inheritance/I", f"{teacher}/similarity"
    own, control = (value_at([at[0], f"{at[1]}/{who}", key]) for who in ("student", "control"))
    found = metric(cell.student, cell.control)
    close(found, own - control)
    assert found.n == 24
    assert "student - control" in found.convention


@pytest.mark.parametrize("metric", [m.error_consistency_excess, m.capa_excess])
def test_likeness_needs_one_teacher_and_is_zero_for_the_control_itself(metric):
    cell = reference_cell("teacher1")
    assert metric(cell.control, cell.control).value == 0
    with pytest.raises(ValueError, match="held against the same teacher"):
        metric(cell.student, m.Pair(WHOLE, WITHOUT))
