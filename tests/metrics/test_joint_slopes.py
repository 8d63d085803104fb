"""Joint least squares over a committee, at planted mixtures and where it cannot be fitted."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import random_models

TAU = 0.4
*TEACHERS, STUDENT, CONTROL = random_models(40, n=120, models=5)
COMMITTEE = m.Committee(TEACHERS, STUDENT, CONTROL, TAU)


def test_joint_slopes_recover_a_planted_mixture():
    held = COMMITTEE
    first, _, third = held.teachers
    base = held.control.probs
    mixed = base + 0.5 * (first.probs - base) + 0.2 * (third.probs - base)
    student = m.Predictions(mixed, held.student.labels)
    joint = m.joint_slopes(m.Committee(held.teachers, student, held.control, TAU))
    assert isinstance(joint, m.JointSlopes)
    assert [slope.value for slope in joint.slopes] == pytest.approx([0.5, 0, 0.2], abs=1e-9)
    assert joint.identifiable
    twins = m.joint_slopes(m.Committee([first, first], student, held.control, TAU))
    assert twins.condition.value > 1e6
    assert not twins.identifiable


def test_one_teacher_alone_has_its_vector_slope():
    held = COMMITTEE
    teacher = held.teachers[1]
    joint = m.joint_slopes(m.Committee([teacher], held.student, held.control, TAU))
    cell = m.Inheritance(m.Pair(teacher, held.student), m.Pair(teacher, held.control))
    expected = m.inheritance_slope_vector(cell)
    assert joint.slopes[0].value == pytest.approx(expected.value)
    assert joint.slopes[0].n == expected.n
    assert joint.condition.value == pytest.approx(1)


def test_teachers_equal_to_the_control_have_no_slope():
    held = COMMITTEE
    joint = m.joint_slopes(m.Committee([held.control], held.student, held.control, TAU))
    assert math.isnan(joint.slopes[0].value)
    assert math.isnan(joint.condition.value)
    assert not joint.identifiable
    assert joint.condition.n > 0


def test_what_the_silent_rows_of_a_teacher_hold_changes_no_slope():
    one, two = TEACHERS[:2]
    spoke = np.arange(len(one)) % 3 > 0
    found = []
    for rows in (one.probs, np.where(spoke[:, None], one.probs, two.probs)):
        silent = m.Predictions(rows, one.labels, spoke=spoke)
        joint = m.joint_slopes(m.Committee([silent, two], STUDENT, CONTROL, TAU))
        found.append([slope.value for slope in joint.slopes])
    assert found[0] == pytest.approx(found[1])
