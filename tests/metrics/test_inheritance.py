"""Inheritance against loops over items, on random models with and without ties."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import TAU, random_cell

CELLS = [random_cell(seed, step=step) for seed in (20, 21, 22) for step in (None, 0.1)]


@pytest.fixture(params=range(len(CELLS)))
def cell(request):
    return CELLS[request.param]


def rows(cell):
    """Per item: label and, for teacher, student and control, its top label, confidence, row."""
    models = (cell.teacher, cell.student.model, cell.control.model)
    for i, label in enumerate(cell.teacher.labels):
        probs = [list(model.probs[i]) for model in models]
        yield label, *((row.index(max(row)), max(row), row) for row in probs)


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def test_rates_on_confident_errors(cell):
    items = [row for row in rows(cell) if row[1][0] != row[0] and row[1][1] >= TAU]
    hits = [(s[0] == t[0] and s[1] >= TAU, q[0] == t[0] and q[1] >= TAU) for _, t, s, q in items]
    student, control = mean(a for a, _ in hits), mean(b for _, b in hits)
    assert m.ceir(cell.student).value == pytest.approx(student)
    assert m.ceir(cell.control).value == pytest.approx(control)
    assert m.excess_ceir(cell).value == pytest.approx(student - control)
    assert m.excess_ceir(cell).n == len(items)
    expected = (student - control) / (1 - control)
    assert m.normalised_excess(cell).value == pytest.approx(expected)
    expected = (student - control) / student if student else math.nan
    assert m.attributable_fraction(cell).value == pytest.approx(expected, nan_ok=True)


def test_fates(cell):
    names = {"inherited_confident": 0, "inherited_unsure": 0, "other_wrong": 0, "corrected": 0}
    for label, t, s, _ in rows(cell):
        if t[0] != label and t[1] >= TAU:
            kind = "other_wrong"
            if s[0] == t[0]:
                kind = "inherited_confident" if s[1] >= TAU else "inherited_unsure"
            elif s[0] == label:
                kind = "corrected"
            names[kind] += 1
    found = m.fates(cell.student)
    assert {name: fate.value * fate.n for name, fate in found.items()} == pytest.approx(names)
    assert sum(fate.value for fate in found.values()) == pytest.approx(1)


@pytest.mark.parametrize("on", ["wrong", "right", "confident_wrong"])
def test_mass_and_slopes(cell, on):
    inside = {
        "wrong": lambda label, t: t[0] != label,
        "right": lambda label, t: t[0] == label,
        "confident_wrong": lambda label, t: t[0] != label and t[1] >= TAU,
    }[on]
    items = [(t, s[2], q[2]) for label, t, s, q in rows(cell) if inside(label, t)]
    moved = [s[t[0]] - q[t[0]] for t, s, q in items]
    assert m.transferred_wrong_mass(cell, on).value == pytest.approx(mean(moved))
    weights = [t[1] for t, _, _ in items]
    expected = np.dot(weights, moved) / sum(weights)
    assert m.weighted_transferred_wrong_mass(cell, on).value == pytest.approx(expected)
    away = [t[1] - q[t[0]] for t, _, q in items]
    expected = np.dot(moved, away) / np.dot(away, away)
    assert m.inheritance_slope(cell, on).value == pytest.approx(expected)
    toward = np.concatenate([np.subtract(t[2], q) for t, _, q in items])
    went = np.concatenate([np.subtract(s, q) for _, s, q in items])
    expected = toward @ went / (toward @ toward)
    assert m.inheritance_slope_vector(cell, on).value == pytest.approx(expected)
    assert m.inheritance_slope_vector(cell, on).n == len(items)


def test_asymmetry(cell):
    wrong, right = (m.inheritance_slope_vector(cell, on) for on in ("wrong", "right"))
    found = m.slope_asymmetry(cell)
    assert found.value == pytest.approx(wrong.value - right.value)
    assert found.n == wrong.n


def test_a_student_that_copies_has_slope_one_and_halfway_has_one_half():
    cell = CELLS[0]
    for share in (1.0, 0.5, 0.0):
        probs = share * cell.teacher.probs + (1 - share) * cell.control.model.probs
        student = m.Pair(cell.teacher, m.Predictions(probs, cell.teacher.labels), TAU)
        copied = m.Inheritance(student, cell.control)
        assert m.inheritance_slope(copied).value == pytest.approx(share)
        assert m.inheritance_slope_vector(copied, "right").value == pytest.approx(share)
        assert m.slope_asymmetry(copied).value == pytest.approx(0)


def test_a_control_equal_to_the_teacher_leaves_no_slope():
    cell = CELLS[0]
    twin = m.Inheritance(cell.student, m.Pair(cell.teacher, cell.teacher, TAU))
    for found in (m.inheritance_slope(twin), m.inheritance_slope_vector(twin, "right")):
        assert math.isnan(found.value)
        assert found.n > 0


def test_a_control_that_already_inherits_everything_leaves_no_room():
    cell = CELLS[0]
    full = m.Inheritance(cell.student, m.Pair(cell.teacher, cell.teacher, TAU))
    assert m.ceir(full.control).value == 1
    assert math.isnan(m.normalised_excess(full).value)
    assert m.normalised_excess(full).n == m.excess_ceir(full).n > 0
    nothing = m.Pair(cell.teacher, m.Predictions(np.full((60, 4), 0.25), cell.teacher.labels), TAU)
    assert math.isnan(m.attributable_fraction(m.Inheritance(nothing, nothing)).value)
