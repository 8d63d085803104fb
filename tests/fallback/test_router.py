import math

import numpy as np
import pytest

from mtkd.fallback import Gate, Monitor, Route, Router
from tests.fallback.serving import RULE, query, stream, student, teacher
from tests.fallback.traffic import rule


def test_the_student_answers_from_the_threshold_on_and_the_teacher_below():
    router = Router(student, teacher, RULE, audit_share=0)
    sure = router.answer(query(RULE.threshold, 2, 1))
    assert (sure.source, sure.label, sure.audited) == ("student", 2, False)
    assert sure.confidence == pytest.approx(RULE.threshold)
    unsure = router.answer(query(RULE.threshold - 1e-6, 2, 1))
    assert (unsure.source, unsure.label, unsure.audited) == ("teacher", 1, False)
    assert unsure.confidence == pytest.approx(RULE.threshold - 1e-6)
    assert unsure.probs[1] == pytest.approx(0.9)
    status = router.status()
    assert (status["queries"], status["accepted"], status["deferred"]) == (2, 1, 1)
    assert status["deferral"] == 0.5


def test_the_teacher_is_called_for_deferred_and_audited_queries_only():
    calls = []
    router = Router(student, lambda q: calls.append(q) or teacher(q), RULE, audit_share=0.1)
    answers = [router.answer(each) for each in stream(0, 500)]
    status = router.status()
    assert len(calls) == status["deferred"] + status["audited"]
    assert status["audited"] == sum(answer.audited for answer in answers) > 0
    assert status["accepted"] == sum(answer.source == "student" for answer in answers)


def test_audits_are_a_seeded_share_of_accepted_queries():
    routers = [Router(student, teacher, RULE, 0.1, seed) for seed in (4, 4, 5)]
    chosen = [[router.answer(query()).audited for _ in range(3000)] for router in routers]
    assert 0.08 < np.mean(chosen[0]) < 0.12
    assert chosen[0] == chosen[1] != chosen[2]


def test_an_audit_does_not_change_the_answer():
    answer = Router(student, teacher, RULE, audit_share=1).answer(query(0.95, 2, 1))
    assert (answer.label, answer.source, answer.audited) == (2, "student", True)


def test_an_infeasible_rule_asks_the_teacher_alone():
    refused = rule(risk=0.001)
    assert refused.threshold is None
    router = Router(lambda q: pytest.fail("the student was asked"), teacher, refused)
    answer = router.answer(query(0.99, 2, 1))
    assert (answer.label, answer.source) == (1, "teacher")
    assert math.isnan(answer.confidence)
    assert (router.status()["deferral"], router.alarms) == (1, [])
    with pytest.raises(ValueError, match="an infeasible rule accepts nothing"):
        router.label(True)
    with pytest.raises(ValueError, match="there is nothing to watch"):
        Monitor(refused)


def test_a_teacher_that_fails_costs_an_audit_but_no_answer():
    def broken(_):
        raise TimeoutError("no answer in 2 s")

    router = Router(student, broken, RULE, audit_share=1)
    assert not router.answer(query()).audited
    with pytest.raises(TimeoutError, match="no answer in 2 s"):
        router.answer(query(0.3))
    status = router.status()
    assert (status["teacher_failures"], status["audited"], status["queries"]) == (2, 0, 2)


# Errors.


@pytest.mark.parametrize(
    ("probs", "words"),
    [
        ([0.5, 0.5], r"the student returned shape \(2,\) for one query, the rule knows 4 classes"),
        ([[0.25] * 4], r"the student returned shape \(1, 4\)"),
        ([0.5, 0.5, 0.5, 0.5], "the student's probs row 0 is off"),
        ([2.0, -1.0, 0.0, 0.0], "the student's probs row 0 has a negative entry"),
        ([math.nan, 0.5, 0.5, 0.0], "the student's probs row 0 holds NaN"),
    ],
)
def test_what_is_no_distribution_is_refused(probs, words):
    with pytest.raises(ValueError, match=words):
        Router(lambda _: np.array(probs), teacher, RULE).answer(query())


def test_float32_probabilities_are_normalised():
    probs = np.array([0.7, 0.1, 0.1, 0.1001], dtype=np.float32)
    answer = Router(lambda _: probs, lambda _: probs, RULE).answer(query())
    assert answer.probs.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"audit_share": -0.1}, r"audit_share must lie in \[0, 1\], got -0.1; 0.02 is usual"),
        ({"audit_share": math.nan}, "audit_share must lie"),
        ({"level": 0}, "level must lie strictly between 0 and 1, got 0"),
        ({"level": 1}, "level must lie strictly between 0 and 1, got 1"),
    ],
)
def test_options_that_cannot_be_meant(options, words):
    with pytest.raises(ValueError, match=words):
        Router(student, teacher, RULE, **options)


def test_a_gate_serves_without_models():
    gate = Gate(RULE, audit_share=1)
    assert gate.route(0.99) == Route(accepted=True, audited=True)
    assert gate.route(0.3) == Route(accepted=False, audited=False)
    said = Router(student, teacher, RULE).answer(query(0.3))
    with pytest.raises(ValueError, match="only accepted answers are audited, got one of the tea"):
        gate.compare(said, said)
    with pytest.raises(ValueError, match=r"confidence must lie in \[0, 1\], got nan"):
        gate.route(math.nan)
