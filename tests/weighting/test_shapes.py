"""Evidence of the wrong kind, and hidden states that a rule forgot to ask for."""

import re

import pytest
import torch

from mtkd.losses import ForwardKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.weighting import TeacherWeighting
from tests.weighting.rules import CLASSES, WIDTH, batch


def rule(answer, hidden=False, teachers=("a", "b", "c")):
    class MyRule(TeacherWeighting):
        needs_hidden = hidden

        def evidence(self, student_logits, teacher_logits, labels, hidden):
            return answer(teacher_logits, hidden)

    made = MyRule()
    made.prepare(teachers, WIDTH)
    return made


def walk(weighting, hidden=None):
    data = batch(6)
    signals = [CompleteSignal(ModelOutput(logits=one)) for one in data.teachers]
    student = ModelOutput(logits=data.student.requires_grad_(), hidden=hidden)
    recipe = Recipe(ForwardKL(), weighting)
    return distillation_objective(student, signals, data.labels, torch.arange(6), recipe)


WRONG = {
    "scalar": (lambda teachers, _: teachers.mean(), "[]"),
    "teacher": (lambda teachers, _: teachers.mean((1, 2)), "[3]"),
    "list": (lambda teachers, _: [1.0, 2.0, 3.0], "a list"),
    "None": (lambda teachers, _: None, "a NoneType"),
    "teachers summed": (lambda teachers, _: teachers.mean(-1)[:2], "[2, 6]"),
    "mean over positions": (lambda teachers, _: teachers.mean(-1).mean(1, keepdim=True), "[3, 1]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_evidence_of_another_shape_is_told(case):
    answer, got = WRONG[case]
    words = re.escape(
        f"MyRule.evidence returned {got}, expected one log-weight for each teacher and position, "
        "[3, 6], or [1, 6] if it concerns only the student"
    )
    with pytest.raises(ValueError, match=words):
        walk(rule(answer))
    with pytest.raises(ValueError, match=words):
        rule(answer)(*batch(6))


def test_evidence_of_each_class_needs_scores():
    words = r"MyRule has log-weights \[3, 6, 5\], expected one for each teacher .*\[3, 6\]; let"
    assert CLASSES == 5
    with pytest.raises(ValueError, match=words):
        walk(rule(lambda teachers, _: teachers))


def test_a_students_hidden_state_reaches_the_rule_that_asks_for_it_and_no_other():
    seen = []

    def answer(teachers, hidden):
        seen.append(hidden)
        return teachers.mean(-1)

    state = torch.randn(6, WIDTH)
    walk(rule(answer, hidden=True), state)
    walk(rule(answer, hidden=False), state)
    assert torch.equal(seen[0], state)
    assert seen[1] is None


def test_a_rule_that_reads_hidden_states_is_told_that_there_are_none():
    reads = rule(lambda teachers, hidden: hidden.sum(-1)[None], hidden=True)
    words = r"MyRule needs the student's hidden state, got None; use a student that returns"
    with pytest.raises(ValueError, match=words):
        walk(reads)


def test_evidence_is_a_log_weight():
    parts = torch.tensor([0.5, 1.5, 2.0], dtype=torch.float64)
    made = rule(lambda teachers, _: parts.log()[:, None].expand(teachers.shape[:-1]))
    torch.testing.assert_close(made(*batch(6)), (parts / 4)[:, None].expand(3, 6))
