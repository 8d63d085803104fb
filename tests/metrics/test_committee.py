"""Committee attribution against loops, at a point where teachers disagree."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import random_models, reference_committee

TAU = 0.4


def committee(seed, teachers=3, step=None):
    *held, student, control = random_models(seed, n=120, models=teachers + 2, step=step)
    return m.Committee(held, student, control, TAU)


COMMITTEES = [committee(seed, step=step) for seed in (40, 41) for step in (None, 0.1)]


@pytest.fixture(params=range(len(COMMITTEES)))
def held(request):
    return COMMITTEES[request.param]


def kind(held, i):
    """None, "shared", "inherited" or "novel" for item i, by the definitions."""
    answer = held.student.predicted[i]
    if answer == held.student.labels[i] or held.student.confidence[i] < TAU:
        return None
    if held.control.predicted[i] == answer:
        return "shared"
    given = [teacher.predicted[i] for teacher in held.teachers]
    return "inherited" if answer in given else "novel"


def test_taxonomy_counts_each_error_once(held):
    kinds = [kind(held, i) for i in range(120)]
    found = m.error_taxonomy(held)
    assert {name: part.value for name, part in found.items()} == {
        name: kinds.count(name) for name in ("shared", "inherited", "novel")
    }
    assert min(part.value for part in found.values()) > 0
    total = sum(part.value for part in found.values())
    assert {part.n for part in found.values()} == {total}


def test_sources_and_credit(held):
    alone, credit, weighted = np.zeros(3), np.zeros(3), np.zeros(3)
    weights = np.random.default_rng(0).random((3, 120))
    for i in range(120):
        if kind(held, i) == "inherited":
            answer = held.student.predicted[i]
            gives = [teacher.predicted[i] == answer for teacher in held.teachers]
            alone += gives if sum(gives) == 1 else 0
            mass = np.array([teacher.probs[i, answer] for teacher in held.teachers])
            credit += mass / mass.sum()
            weighted += weights[:, i] * mass / (weights[:, i] * mass).sum()
    assert [part.value for part in m.sole_source(held)] == alone.tolist()
    found = m.mass_proportional_credit(held)
    assert [part.value for part in found] == pytest.approx(credit)
    assert sum(part.value for part in found) == pytest.approx(found[0].n)
    found = m.mass_proportional_credit(held, weights)
    assert [part.value for part in found] == pytest.approx(weighted)


def test_constant_weights_are_weights_per_item(held):
    per_teacher = m.mass_proportional_credit(held, [0.7, 0.2, 0.1])
    per_item = m.mass_proportional_credit(held, np.outer([0.7, 0.2, 0.1], np.ones(120)))
    equal = m.mass_proportional_credit(held)
    for one, other in zip(per_teacher, per_item, strict=True):
        assert one.value == pytest.approx(other.value)
    assert per_teacher[0].value > equal[0].value


def sure_and_wrong(teacher, i):
    return teacher.predicted[i] != teacher.labels[i] and teacher.confidence[i] >= TAU


def test_agreement_of_confident_errors(held):
    everyone, most, seconded, rescued, first = [], [], [], [], []
    for i in range(120):
        wrong = [t.predicted[i] for t in held.teachers if sure_and_wrong(t, i)]
        given = [t.predicted[i] for t in held.teachers]
        student = held.student.predicted[i]
        follows = held.student.confidence[i] >= TAU
        if len(wrong) == 3 and len(set(wrong)) == 1:
            everyone.append(student == wrong[0] and follows)
        if wrong and max(map(wrong.count, wrong)) >= 2:
            label = max(wrong, key=wrong.count)
            most.append(student == label and follows)
        if wrong:
            seconded.append(any(given.count(label) > 1 for label in wrong))
        if len(wrong) == 1 and given.count(held.student.labels[i]) == 2:
            rescued.append(bool(held.student.correct[i]))
            if sure_and_wrong(held.teachers[0], i):
                first.append(bool(held.student.correct[i]))
    for metric, events in (
        (m.unanimous_ceir(held, held.student), everyone),
        (m.majority_ceir(held, held.student), most),
        (m.consensus_of_wrong(held), seconded),
        (m.blind_spot_rescue_rate(held, held.student), rescued),
        (m.blind_spot_rescue_rate(held, held.student, teacher=0), first),
    ):
        assert metric.n == len(events) > 0
        assert metric.value == pytest.approx(np.mean(events))


def sure_of(*answers, spoke=None):
    """A model that gives these answers to items of class 0, with these confidences."""
    rows = np.full((len(answers), 3), 0.0)
    for row, (label, share) in enumerate(answers):
        rows[row] = (1 - share) / 2
        rows[row, label] = share
    return m.Predictions(rows, np.zeros(len(answers), np.int64), spoke=spoke)


def test_unsure_teachers_that_agree_do_not_second_another_ones_error():
    sure = sure_of((2, 0.95), (1, 0.95))
    unsure = sure_of((1, 0.6), (1, 0.6))
    right = sure_of((0, 0.9), (0, 0.9))
    found = m.consensus_of_wrong(m.Committee([sure, unsure, unsure], right, right, 0.9))
    assert (found.value, found.n) == (0.5, 2)


def test_a_silent_teacher_gets_no_credit():
    spoke = np.array([True, False])
    loud, silent = sure_of((1, 0.8), (1, 0.8)), sure_of((1, 0.4), (1, 0.4), spoke=spoke)
    student, control = sure_of((1, 0.95), (1, 0.95)), sure_of((0, 0.9), (0, 0.9))
    parts = m.mass_proportional_credit(m.Committee([loud, silent], student, control, 0.9))
    assert [part.value for part in parts] == pytest.approx([0.8 / 1.2 + 1, 0.4 / 1.2])


def test_no_error_leaves_everything_undefined():
    held = COMMITTEES[0]
    right = m.Predictions(np.eye(4)[held.student.labels], held.student.labels)
    quiet = m.Committee([right, right], right, right, TAU)
    parts = [*m.error_taxonomy(quiet).values(), *m.sole_source(quiet)]
    parts += [*m.mass_proportional_credit(quiet), *m.joint_slopes(quiet).slopes]
    parts += [m.consensus_of_wrong(quiet), m.blind_spot_rescue_rate(quiet, right)]
    assert all(math.isnan(part.value) and part.n == 0 for part in parts)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: m.Committee([], c.student, c.control), "at least one teacher, got none"),
        (lambda c: m.Committee(c.teachers, c.student, c.control, 0), r"tau must lie in \(0, 1\]"),
        (lambda c: m.mass_proportional_credit(c, [1.0]), r"\[teacher\] or .*= \[2, 24\], got"),
        (lambda c: m.mass_proportional_credit(c, [1.0, -1.0]), "finite and not negative"),
        (lambda c: m.mass_proportional_credit(c, [0.0, 0.0]), "no credit to give"),
    ],
)
def test_bad_committees_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(reference_committee())


def test_a_silent_model_is_neither_right_nor_wrong_nor_sure():
    model = sure_of((1, 0.8), (0, 0.9), (1, 0.7), spoke=np.array([False, False, True]))
    assert (model.correct.tolist(), model.wrong.tolist()) == ([False] * 3, [False, False, True])
    assert model.confidence.tolist() == pytest.approx([0.0, 0.0, 0.7])
    assert model.predicted.tolist() == [-1, -1, 1]
