"""How comparisons are prepared: thresholds, controls, the summary, and what they refuse."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import TAU, random_cell, random_models

CELL = random_cell(30)


def test_plain_arrays_and_prepared_models_agree():
    teacher, student, control = (
        model.probs for model in (CELL.teacher, CELL.student.model, CELL.control.model)
    )
    cell = m.Inheritance.from_probs(teacher, student, control, CELL.teacher.labels, TAU)
    assert m.excess_ceir(cell) == m.excess_ceir(CELL)
    assert m.inheritance_slope(cell) == m.inheritance_slope(CELL)
    alone = m.Inheritance.from_probs(teacher, student, None, CELL.teacher.labels, TAU)
    assert alone.control is None
    assert m.ceir(alone.student) == m.ceir(CELL.student)


def test_the_models_own_tau_leaves_the_teachers_set_alone():
    own = m.Pair(CELL.teacher, CELL.student.model, TAU, model_tau=0.95)
    assert m.ceir(own).n == m.ceir(CELL.student).n
    assert 0 <= m.ceir(own).value < m.ceir(CELL.student).value
    assert "model's own tau 0.95" in m.ceir(own).convention
    inside = own.confident_wrong & own.follows
    expected = (CELL.student.model.confidence[inside] >= 0.95).sum() / m.ceir(own).n
    assert m.ceir(own).value == pytest.approx(expected)


def test_dd_ceir_subtracts_the_placebo():
    never_taught = m.Predictions(random_models(31)[0].probs, CELL.teacher.labels)
    student, control = (
        m.Pair(never_taught, pair.model, TAU) for pair in (CELL.student, CELL.control)
    )
    placebo = m.Inheritance(student, control)
    found = m.dd_ceir(CELL, placebo)
    expected = m.excess_ceir(CELL).value - m.excess_ceir(placebo).value
    assert found.value == pytest.approx(expected)
    assert m.excess_ceir(placebo).value != 0
    assert found.n == m.excess_ceir(CELL).n
    assert f"n_CW = {m.excess_ceir(placebo).n}" in found.convention
    with pytest.raises(ValueError, match="there is none"):
        m.dd_ceir(CELL, m.Inheritance(student))


def test_tau_itself_is_confident_and_ties_take_the_lowest_class():
    teacher = m.Predictions([[0.0, 0.9, 0.1], [0.45, 0.45, 0.1]], [0, 1])
    assert m.Pair(teacher, teacher, 0.9).confident_wrong.tolist() == [True, False]
    assert teacher.predicted.tolist() == [1, 0]
    assert teacher.wrong.tolist() == [True, True]


def test_summary_of_a_comparison():
    found = m.inheritance_statistics(CELL)
    assert found["ceir"] == m.ceir(CELL.student)
    assert found["control/ceir"] == m.ceir(CELL.control)
    assert found["excess_ceir"] == m.excess_ceir(CELL)
    assert found["slope_vector_right"] == m.inheritance_slope_vector(CELL, "right")
    assert found["confident_transferred_wrong_mass"].n == m.ceir(CELL.student).n
    expected = m.negative_flip_rate(CELL.control.model, CELL.student.model)
    assert found["negative_flip_rate_of_control"] == expected
    assert None not in found.values()


def test_summary_without_a_control_has_raw_values_and_no_differences():
    found = m.inheritance_statistics(m.Inheritance(CELL.student))
    raw = m.pair_statistics(CELL.student)
    assert {name: found[name] for name in raw} == pytest.approx(raw)
    rest = {name: value for name, value in found.items() if name not in raw}
    assert set(rest) == set(m.inheritance_statistics(CELL)) - set(raw)
    assert set(rest.values()) == {None}


def test_summary_of_a_model_holds_every_default():
    model = CELL.teacher
    found = m.model_metrics(model, tau=TAU)
    for name in ("accuracy", "ece", "smooth_ece", "aurc", "augrc", "debiased_l2", "ks_ce"):
        assert found[name] == m.__dict__[name](model.probs, model.labels)
    assert found["nll"] == m.nll(model.probs, model.labels)
    expected = m.confident_wrong_rate(model.probs, model.labels, tau=TAU)
    assert found["confident_wrong_rate"] == expected
    assert found["corp_uncertainty"] == m.corp(model.probs, model.labels)["uncertainty"]
    assert found["mce"].convention.endswith("at least 20 items")
    assert all(isinstance(metric, m.Metric) for metric in found.values())


def test_other_items_labels_and_teachers_are_refused():
    first, second = random_models(32, models=2)
    short = m.Predictions(second.probs[:5], second.labels[:5])
    with pytest.raises(ValueError, match=r"the same items over .* \(60, 4\) and \(5, 4\)"):
        m.Pair(first, short)
    turned = m.Predictions(second.probs[::-1], second.labels[::-1])
    with pytest.raises(ValueError, match=r"disagree about the label of row .* same order"):
        m.Pair(first, turned)
    with pytest.raises(ValueError, match="held against the same teacher at the same tau"):
        m.Inheritance(m.Pair(first, second), m.Pair(second, first))
    with pytest.raises(ValueError, match="held against the same teacher at the same tau"):
        m.Inheritance(m.Pair(first, second, 0.9), m.Pair(first, first, 0.8))


@pytest.mark.parametrize("values", [{"tau": 0.0}, {"tau": 1.1}, {"model_tau": 0.0}])
def test_thresholds_outside_the_range_are_refused(values):
    with pytest.raises(ValueError, match=r"tau must lie in \(0, 1\], got"):
        m.Pair(CELL.teacher, CELL.student.model, **values)


def test_an_unknown_set_is_refused():
    with pytest.raises(ValueError, match="'wrong', 'right' or 'confident_wrong', got 'errors'"):
        m.transferred_wrong_mass(CELL, "errors")


def test_no_confident_error_of_the_placebo_gives_nan():
    labels = CELL.teacher.labels
    unsure = m.Predictions(np.full((60, 4), 0.25), labels)
    placebo = m.Inheritance(
        *(m.Pair(unsure, pair.model, TAU) for pair in (CELL.student, CELL.control))
    )
    assert math.isnan(m.dd_ceir(CELL, placebo).value)
    assert m.dd_ceir(placebo, CELL).n == 0
