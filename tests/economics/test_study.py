"""Figures of a run folder: found, missing, never invented, never over what the file states."""

import json

import pytest

from mtkd.economics import analyse_file, as_text
from mtkd.economics.study_figures import measure
from tests.economics.cases import analysis
from tests.economics.runs import RULE, trial, whole_run, write_run

STATED = ("student.parameters", "operation.fallback_share", "evidence.teacher_accuracy",
          "evidence.certified_fallback", "evidence.evaluated_on_another_distribution",
          "training.gpus", "training.weeks")  # fmt: skip
OPEN = dict.fromkeys(STATED)


@pytest.fixture
def run(tmp_path):
    return whole_run(tmp_path)


def test_figures_are_those_of_the_files(run):
    told = measure(run)
    assert {figure.key: figure.value for figure in told.found} == {
        "student.parameters": 1000,
        "training.gpu_hours": pytest.approx(0.02),
        "evidence.teacher_accuracy": 0.91,
        "evidence.evaluated_on_another_distribution": True,
        "operation.fallback_share": 0.25,
        "evidence.certified_fallback": True,
        "evidence.teacher_p95_ms": 400,
        "evidence.student_p95_ms": 9.5,
    }
    assert told.missing == {}
    assert told.notes == ["teacher big has 50,000 parameters"]


def test_they_fill_what_nobody_stated(run):
    found = analysis(OPEN, measure(run))
    assert found.values["student.parameters"] == 1000
    assert found.plan.training["compute"] == pytest.approx(0.02 * 2.5)
    assert found.plan.case.fallback_share == 0.25
    assert found.decision.findings[3].reason.startswith("The teacher is right in 91.0%")
    assert (
        "operation.fallback_share = 0.25 (fallback.json: C1: a (seed 0), trial a-id; 10 of 40 "
        "calibration items fall back): used" in found.lines
    )


def test_what_the_file_states_stays(run):
    found = analysis({"operation.fallback_share": 0.1}, measure(run))
    assert found.plan.case.fallback_share == 0.1
    assert found.plan.training["compute"] == pytest.approx(2520)
    assert any(
        line.startswith("operation.fallback_share = 0.25 ")
        and line.endswith(": not used, the file states 0.1")
        for line in found.lines
    )
    assert any(line.endswith("not used, the file states gpus and weeks") for line in found.lines)


def test_hours_without_a_price_are_told_but_not_used(run):
    found = analysis(OPEN | {"training.price_per_gpu_hour": None}, measure(run))
    assert found.plan.training["compute"] == 0
    assert any("states no training.price_per_gpu_hour" in line for line in found.lines)


def test_one_trial_can_be_meant(run):
    told = {figure.key: figure.value for figure in measure(run, "b").found}
    assert told["training.gpu_hours"] == pytest.approx(0.03)
    assert told["evidence.teacher_accuracy"] == 0.87
    assert {f.key: f.value for f in measure(run, "a-id").found}["training.gpu_hours"] == 0.01


def test_a_rule_counts_only_for_its_student(run):
    other = measure(run, "b")
    assert "operation.fallback_share" not in {figure.key for figure in other.found}
    assert other.missing["evidence.certified_fallback"] == (
        "fallback.json is about another student, C1: a (seed 0), trial a-id"
    )
    assert "operation.fallback_share" not in measure(run, "a").missing


def test_an_infeasible_rule_sends_everything_to_the_teacher(run):
    (run / "fallback.json").write_text(json.dumps(RULE | {"threshold": None, "accepted": 0}))
    found = analysis(OPEN, measure(run))
    assert found.plan.case.fallback_share == 1.0
    assert found.outcome.verdict == "never"
    assert found.values["evidence.certified_fallback"] is False
    assert found.outcome.items["student's requests"] == 0
    assert {swing.name for swing in found.swings} & {"fallback share", "student's price"} == set()
    text = as_text(found)
    assert "without the 100 % that fall back" in text
    assert "no threshold is certified, so the student is never asked" in text
    assert "fallback share stays 1" in text


def test_what_is_not_there_is_missing_and_stays_unknown(tmp_path):
    told = measure(write_run(tmp_path, {"trials/a": {"version": 1}}, [trial("a")], shift=False))
    assert told.found == []
    assert told.missing == {
        "student.parameters": "no finished trial has it in its result.json",
        "training.gpu_hours": "no finished trial has it in its result.json",
        "evidence.teacher_accuracy": "no teacher's accuracy on clean in results.csv; "
        "`mtkd report` writes it",
        "evidence.evaluated_on_another_distribution": "the study has no shifted domain",
        "operation.fallback_share": "there is no fallback.json; `mtkd fallback` writes it",
        "evidence.certified_fallback": "there is no fallback.json; `mtkd fallback` writes it",
        "evidence.teacher_p95_ms": "no teacher_p95_ms in latency.json",
        "evidence.student_p95_ms": "no student_p95_ms in latency.json",
    }
    found = analysis(OPEN | {"training.price_per_gpu_hour": None}, told)
    assert found.values["evidence.teacher_accuracy"] is None
    assert set(found.plan.not_stated) == {"training.price_per_gpu_hour", "operation.fallback_share"}


def test_students_of_several_sizes_are_not_averaged(tmp_path):
    results = {"trials/a": {"parameters": 10}, "trials/b": {"parameters": 30}}
    told = measure(write_run(tmp_path, results, [trial("a"), trial("b")]))
    assert told.missing["student.parameters"] == "students of 2 sizes; name one with --trial"
    assert measure(tmp_path, "b").found[0].value == 30


def test_the_whole_way_from_files(run, tmp_path):
    yaml = tmp_path / "economics.yaml"
    yaml.write_text(
        "traffic: {requests_per_month: 1000000}\nteacher: {price_per_request: 0.01}\n"
        "student: {hosting_per_month: 500}\ntraining: {labour: 35000}\n"
    )
    found = analyse_file(yaml, ["sensitivity.draws=50"], run, "a")
    assert found.outcome.months == 5.0
    assert found.measured is not None
