"""The ordered rules: what each lets pass, what it stops, and what it lacks."""

import pytest

from tests.economics.cases import CHEAP, analysis

CARE_TEACHER = {"training.teacher_already_exists": False, "training.teacher_training": 0}
REFRESH = {"operation.refresh_cost": 60, "operation.refresh_every_months": 2}

STATUS = [
    # rule, changes, status
    (0, {}, "pass"),
    (0, {"evidence.hard_constraints": None}, "missing"),
    (0, {"evidence.hard_constraints": ["data_residency"]}, "pass"),
    (0, {"evidence.latency_target_ms": 100}, "missing"),
    (0, {"evidence.latency_target_ms": 100, "evidence.teacher_p95_ms": 100}, "pass"),
    (0, {"evidence.hard_constraints": ["air_gapped"]}, "pass"),
    (0, {"evidence.hard_constraints": ["air_gapped"], "operation.fallback_share": 0.01}, "care"),
    (0, {"evidence.hard_constraints": ["data_residency"], "operation.fallback_share": 0.01},
     "pass"),
    (1, {"evidence.prompted_accuracy": 0.9}, "stop"),
    (1, {"evidence.prompted_accuracy": 0.8999}, "pass"),
    (1, {"evidence.accuracy_needed": None}, "missing"),
    (2, {"evidence.domain_gap": True}, "stop"),
    (2, {"evidence.format_problem": True, "evidence.domain_gap": None}, "stop"),
    (2, {"evidence.format_problem": None}, "missing"),
    (3, {"evidence.teacher_accuracy": 0.85}, "pass"),
    (3, {"evidence.teacher_accuracy": 0.8499}, "stop"),
    (3, {"evidence.teacher_accuracy": None}, "missing"),
    (3, CARE_TEACHER, "care"),
    (3, CARE_TEACHER | {"training.students": 2}, "pass"),
    (4, {"evidence.months_between_task_changes": 3}, "stop"),
    (4, {"evidence.months_between_task_changes": 3.1}, "pass"),
    (4, {"evidence.input_drifts": True}, "stop"),
    (4, {"evidence.input_drifts": True} | REFRESH, "care"),
    (4, {"evidence.months_between_task_changes": 2} | REFRESH, "care"),
    (4, {"evidence.months_between_task_changes": 1.9} | REFRESH, "stop"),
    (4, {"evidence.input_drifts": None}, "missing"),
    (5, {"traffic.requests_per_month": 365_000}, "stop"),
    (5, {"traffic.requests_per_month": 365_001}, "pass"),
    (6, {}, "care"),
    (6, CHEAP, "pass"),
    (6, {"operation.fallback_share": 0.1}, "stop"),
    (6, {"teacher.price_drop": 0.8}, "stop"),
    (7, {}, "pass"),
    (7, {"evidence.certified_fallback": False}, "stop"),
    (7, {"evidence.calibration_monitored": None}, "stop"),
    (7, {"evidence.evaluated_on_another_distribution": None}, "stop"),
    (8, {}, "pass"),
    (8, {"student.parameters": None}, "missing"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "changes", "status"), STATUS, ids=str)
def test_status_of_a_rule(number, changes, status):
    finding = analysis(changes).decision.findings[number]
    assert (finding.number, finding.status) == (number, status)
    assert finding.reason.endswith(".")
    assert status != "missing" or finding.missing
