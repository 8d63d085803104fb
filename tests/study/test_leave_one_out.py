"""The control that trains a committee without each of its teachers in turn."""

import pytest

from mtkd.config import ConfigError
from mtkd.study.plan import make_plan
from tests.study.studies import STUDY, teacher, write_study

THREE = {"a": teacher(seed=1), "b": teacher(seed=2), "c": teacher(seed=4)}
ENTROPY = {"_target_": "mtkd.weighting.TeacherEntropy"}
CONTROL = {"controls": ["labels_only", "leave_one_out"]}


def removed(folder, **changes):
    plan = make_plan(write_study(folder / "s", **(CONTROL | changes)))
    return plan, [trial for trial in plan.trials if trial.control == "leave_one_out"]


def test_the_whole_committee_then_each_teacher_gone_at_every_seed(tmp_path):
    _, trials = removed(tmp_path, teachers=THREE, weighting=ENTROPY)
    committees = [["a", "b", "c"], ["b", "c"], ["a", "c"], ["a", "b"]]
    found = [(trial.config["committee"], trial.seed) for trial in trials]
    assert found == [(names, seed) for names in committees for seed in (0, 1)]
    assert {trial.config["loss"]["_target_"] for trial in trials} == {"mtkd.losses.ForwardKL"}
    assert all(trial.config["weighting"] == ENTROPY for trial in trials)


def test_the_reference_is_the_cell_that_is_it_and_one_teacher_left_is_that_teacher_alone(tmp_path):
    plan, trials = removed(tmp_path)
    cells = {(t.cell["committee"], t.seed): t.id for t in plan.trials if t.control is None}
    assert [trial.id for trial in trials] == [
        cells["a+b", 0],
        cells["a+b", 1],
        *(trial.id for trial in trials[2:4]),
        cells["a", 0],
        cells["a", 1],
    ]
    assert len(plan.runs) == 4 + 2 + 2  # the cells, labels only, taught by b alone


def test_it_keeps_the_loss_of_the_study_not_of_a_cell(tmp_path):
    grid = {"loss": [{"_target_": "mtkd.losses.ReverseKL"}], "student.size": [1, 2]}
    _, trials = removed(tmp_path, grid=grid, seed=0)
    assert [(t.cell["committee"], t.cell["student.size"]) for t in trials] == [
        (names, size) for names in ("a+b", "b", "a") for size in ("1", "2")
    ]
    assert {trial.config["loss"]["_target_"] for trial in trials} == {"mtkd.losses.ForwardKL"}


def test_the_studys_own_committee_is_the_one_that_is_taken_apart(tmp_path):
    _, trials = removed(tmp_path, teachers=THREE, committee=["a", "c"], seed=0)
    assert [trial.config["committee"] for trial in trials] == [["a", "c"], ["c"], ["a"]]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"committee": ["a"]}, "the committee is a"),
        ({"committee": []}, "the committee is empty"),
        ({"teachers": {"a": STUDY["teachers"]["a"]}, "grid": {}}, "the committee is a"),
        ({"hard_share": 1.0}, "config.hard_share is 1"),
    ],
)
def test_without_two_teachers_there_is_one_sentence(tmp_path, changes, why):
    with pytest.raises(ConfigError) as caught:
        removed(tmp_path, **changes)
    assert str(caught.value) == (
        "config.controls: leave_one_out trains the committee without each of its teachers, so at "
        f"least two must teach, but {why}; add a teacher or drop the control"
    )
