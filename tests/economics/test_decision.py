"""The decision: the first rule that stops, what a hard constraint changes, what is missing."""

import pytest

from mtkd.economics import decide
from mtkd.economics.finding import Facts
from tests.economics.cases import CHEAP, analysis

VERDICTS = [
    (CHEAP, "distil", "No rule speaks against it."),
    ({}, "think carefully", "Rule 6 (break-even)"),
    (CHEAP | {"evidence.calibration_monitored": False}, "distil, but not ready to deploy",
     "Rule 7 (readiness): Not shown to be there: monitoring of calibration."),
    ({"evidence.accuracy_needed": None}, "undecided", "Rule 1 (prompt)"),
    ({"evidence.prompted_accuracy": 0.95}, "prompt, train nothing", "reach 95.0%, 90.0% is needed"),
    ({"evidence.domain_gap": True}, "fine-tune (LoRA)", "a domain gap"),
    ({"evidence.teacher_accuracy": 0.7}, "fix the teacher first", "70.0% of cases, below 85%"),
    ({"evidence.input_drifts": True}, "fine-tune or prompt, do not distil", "no retraining"),
    ({"traffic.requests_per_month": 300_000}, "keep calling the API", "Rule 5 (volume)"),
    ({"operation.fallback_share": 0.1}, "keep calling the API",
     "13.64 months at today's prices. Verdict: almost certainly the wrong tool."),
    ({"teacher.price_drop": 0.8}, "keep calling the API", "The savings sum up to $25,"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "verdict", "words"), VERDICTS, ids=str)
def test_the_decision_is_that_of_the_first_rule_that_stops(changes, verdict, words):
    decision = analysis(changes).decision
    assert decision.verdict == verdict
    assert words in decision.reason


def test_an_earlier_stop_wins():
    stops = {
        "evidence.calibration_monitored": False,
        "operation.fallback_share": 0.1,
        "evidence.teacher_accuracy": 0.7,
    }
    assert analysis(stops).decision.verdict == "fix the teacher first"
    stops["evidence.domain_gap"] = True
    assert analysis(stops).decision.verdict == "fine-tune (LoRA)"
    stops["evidence.prompted_accuracy"] = 1.0
    assert analysis(stops).decision.verdict == "prompt, train nothing"


def test_alternatives_are_named_where_it_does_not_pay():
    for changes in ({"operation.fallback_share": 0.1}, {"traffic.requests_per_month": 10}):
        assert analysis(changes).decision.alternatives == (
            "better prompts", "a cheaper tier of the API", "retrieval (RAG)",
        )  # fmt: skip
    weak = analysis({"evidence.teacher_accuracy": 0.7}).decision
    assert weak.alternatives == ("better prompts", "retrieval (RAG)", "examples in the prompt")


CONSTRAINED = {
    "evidence.hard_constraints": ["data_residency"],
    "evidence.prompted_accuracy": 0.95,
    "evidence.domain_gap": True,
    "traffic.requests_per_month": 10,
}


class TestAHardConstraint:
    def test_sets_money_and_simpler_means_aside(self):
        decision = analysis(CONSTRAINED).decision
        aside = [f.number for f in decision.findings if f.status == "aside"]
        assert aside == [1, 2, 5, 6]
        assert decision.verdict == "distil"
        assert "Economics are secondary here." in decision.findings[6].reason
        assert "never" in decision.findings[6].reason

    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({"evidence.teacher_accuracy": 0.7}, "fix the teacher first"),
            ({"evidence.input_drifts": True}, "fine-tune or prompt, do not distil"),
            ({"evidence.certified_fallback": False}, "distil, but not ready to deploy"),
        ],
    )
    def test_leaves_teacher_stability_and_readiness(self, changes, verdict):
        assert analysis(CONSTRAINED | changes).decision.verdict == verdict

    def test_may_be_a_latency_that_the_teacher_misses(self):
        changes = {"evidence.latency_target_ms": 99, "evidence.teacher_p95_ms": 100}
        finding = analysis(changes).decision.findings[0]
        assert finding.status == "pass"
        assert finding.reason.startswith("99 ms are asked for, the teacher's p95 is 100 ms")
        changes["evidence.latency_target_ms"] = 100
        assert analysis(changes).decision.findings[0].reason == "There is none, so money decides."

    def test_warns_where_the_plan_breaks_it(self):
        changes = {
            "evidence.latency_target_ms": 99,
            "evidence.teacher_p95_ms": 100,
            "evidence.student_p95_ms": 120,
            "operation.fallback_share": 0.06,
        }
        finding = analysis(changes).decision.findings[0]
        assert finding.status == "care"
        assert "the student's own p95 is 120 ms" in finding.reason
        assert "6.0% of requests wait for the teacher" in finding.reason

    def test_that_may_exist_is_said_beside_a_stop(self):
        changes = {"evidence.hard_constraints": None, "operation.fallback_share": 0.1}
        decision = analysis(changes).decision
        assert decision.verdict == "keep calling the API"
        assert "A hard constraint would overrule this" in decision.reason
        changes["evidence.teacher_accuracy"] = 0.7
        assert "overrule" not in analysis(changes).decision.reason


def test_missing_evidence_is_listed_once_and_in_order():
    nothing = dict.fromkeys(
        ["evidence.hard_constraints", "evidence.teacher_accuracy", "teacher.price_drop",
         "student.parameters", "evidence.certified_fallback"]
    )  # fmt: skip
    assert analysis(nothing).decision.missing == (
        "evidence.hard_constraints",
        "evidence.teacher_accuracy",
        "teacher.price_drop",
        "evidence.certified_fallback",
        "student.parameters",
    )


def test_quantising_names_size_and_device():
    reason = analysis().decision.findings[8].reason
    assert "3 GB of weights in FP16, 0.75 GB in INT4 (75% less)" in reason
    assert "KD-LoRA" not in reason
    both = analysis({"evidence.hard_constraints": ["on_device"], "evidence.domain_gap": True})
    assert "KD-LoRA" in both.decision.findings[8].reason


def test_deciding_again_gives_the_same():
    found = analysis()
    assert decide(Facts(found.values, found.plan, found.outcome)) == found.decision
