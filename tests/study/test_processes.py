"""Trials on several devices: how many processes, and what becomes of them."""

import pytest
import torch
from safetensors.torch import load_file

from mtkd.config import ConfigError
from mtkd.files import read_json
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.study.processes import processes, together
from mtkd.study.tasks import Functions, tasks_of
from mtkd.study.worker import call
from tests.study.studies import TRAINER, write_study
from tests.test_trial import CONFIG

HERE = "tests.study.members"


@pytest.mark.parametrize(
    ("trainer", "count"),
    [({}, 1), ({"devices": 3}, 3), ({"devices": [0, 2]}, 2), ({"strategy": "ddp"}, 1)],
)
def test_each_device_is_a_process(trainer, count):
    assert processes(trainer, "config.trainer") == count


@pytest.mark.parametrize(
    ("trainer", "words"),
    [
        ({"devices": "auto"}, "config.trainer.devices must be a whole number of at least 1 or a"),
        ({"devices": -1}, "since each one gets a process; got -1"),
        ({"devices": []}, "since each one gets a process; got []"),
        ({"num_nodes": 2}, "config.trainer.num_nodes is 2, but a trial runs on one machine; "),
        ({"devices": 2, "strategy": "ddp_spawn"}, "ddp_spawn starts processes whose records"),
    ],
)
def test_what_a_study_cannot_start_is_said_before_anything_runs(tmp_path, trainer, words):
    with pytest.raises(ConfigError) as caught:
        make_plan(write_study(tmp_path / "s", trainer=TRAINER | trainer))
    assert words in str(caught.value)


def test_only_what_has_several_devices_is_started_together(tmp_path):
    plan = make_plan(write_study(tmp_path / "s", trainer=TRAINER | {"devices": 2}))
    tasks = tasks_of(plan, Ledger(plan, tmp_path / "runs"), Functions())
    assert {task.function for task in tasks if task.name.startswith("teacher")} == {
        "mtkd.trial.train_teacher"
    }
    others = [task for task in tasks if not task.name.startswith("teacher")]
    assert {task.function for task in others} == {"mtkd.study.processes.together"}
    assert {task.arguments[:2] for task in others} == {(2, "mtkd.trial.run_trial")}


def test_every_process_is_called_and_knows_its_place(tmp_path, capfd):
    together(2, f"{HERE}.note", [str(tmp_path), 7])
    said = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert said == {rank: f"7 ['{rank}', '0', '127.0.0.1']" for rank in "01"}
    assert capfd.readouterr().err.count("noted") == 2


def test_what_would_go_wrong_after_the_work_is_not_waited_for(capfd):
    together(2, f"{HERE}.abort_afterwards", [])
    assert capfd.readouterr().err == "donedone"


@pytest.mark.parametrize(
    ("how", "state", "words"),
    [
        ("raise", "failed", "RuntimeError: process 2 of 2: ArithmeticError: the loss is NaN"),
        ("die", "failed", "RuntimeError: process 2 of 2: it died without a word; the system"),
        ("full", "disk full", "No space left on device"),
    ],
)
def test_the_first_that_fails_ends_the_others_and_says_why(tmp_path, how, state, words):
    arguments = (2, f"{HERE}.fail", [str(tmp_path), how])
    outcome = call("mtkd.study.processes.together", arguments, str(tmp_path))
    assert (outcome.state, words in outcome.reason) == (state, True), outcome


def test_a_trial_in_two_processes_is_the_trial_of_one(tmp_path):
    from mtkd.trial import run_trial, train_teacher

    one, two = tmp_path / "one", tmp_path / "two"
    alone = CONFIG | {"weighting": {"_target_": "mtkd.weighting.Uniform"}}
    train_teacher(alone, "first", str(tmp_path / "first"), ["clean"])
    rest = {"first": str(tmp_path / "first")}, ["clean"]
    result = run_trial(alone, str(one), *rest)
    halves = {"trainer": CONFIG["trainer"] | {"devices": 2, "strategy": "fsdp"}}
    together(2, "mtkd.trial.run_trial", [alone | halves, str(two), *rest])
    files = {str(path.relative_to(one)) for path in one.rglob("*") if path.is_file()}
    assert {str(path.relative_to(two)) for path in two.rglob("*") if path.is_file()} == files
    found, wanted = (load_file(at / "model.safetensors") for at in (two, one))
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    told = read_json(two / "result.json")
    assert told["steps"] == result["steps"] == 8
    assert told["teachers"] == result["teachers"]  # asked by both, counted once
