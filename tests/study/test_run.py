"""Runs of stub studies in real worker processes: what is left on disk, said and returned."""

import json
import shutil

import pytest

import mtkd.study.running
from mtkd.config import ConfigError
from mtkd.files import FORMAT, write_json
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.study.run import run_study
from mtkd.study.tasks import tasks_of
from tests.study.studies import MODEL, STUBS, index_of, teacher, write_study


def contents(runs):
    """Every file of a run folder but the logs."""
    files = sorted(path for path in runs.rglob("*") if path.is_file() and path.name != "log.txt")
    return {str(path.relative_to(runs)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run with one worker: (study, runs)."""
    at = tmp_path_factory.mktemp("finished")
    study = write_study(at / "s")
    assert run_study(study, [], 1, at / "runs", STUBS) == 0
    return study, at / "runs"


def test_a_finished_run_says_what_it_holds(finished):
    _, runs = finished
    index = index_of(runs, "s")
    assert index["version"] == 1
    assert index["question"] == "Does it run?"
    assert index["domains"] == [{"name": "clean", "kind": "clean", "shift": None, "severity": None}]
    assert {name: node["placebo"] for name, node in index["teachers"].items()} == {
        "a": False,
        "b": False,
        "p": True,
    }
    roles = [(t["role"], t["control"], t["cell"]["committee"], t["seed"]) for t in index["trials"]]
    assert roles == [
        ("cell", None, "a", 0),
        ("cell", None, "a", 1),
        ("cell", None, "a+b", 0),
        ("cell", None, "a+b", 1),
        ("control", "labels_only", "none", 0),
        ("control", "labels_only", "none", 1),
    ]
    for entry in [*index["trials"], *index["teachers"].values()]:
        folder = (runs / "s" / entry["folder"]).resolve()
        assert folder.name.endswith(entry["id"])
        assert (folder / "result.json").exists()
        assert (folder / "config.yaml").exists()
        assert (folder / "log.txt").read_text() == "behaviour fine\n"
    assert index["formula"]["forward_kl-uniform-a+b"] == "formula"
    assert json.loads((runs / "s" / "report.html").read_text()) == ["done"] * 6


def test_a_worker_has_one_thread_whatever_the_machine(finished):
    _, runs = finished
    for file in (runs / "s" / "trials").rglob("result.json"):
        assert json.loads(file.read_text())["content"].endswith(" 1")


def test_workers_find_the_modules_beside_the_study(tmp_path):
    study = write_study(tmp_path / "s", student={"_target_": "own_student.Own"}, grid={}, seed=0)
    (study / "own_student.py").write_text("class Own:\n    pass\n")
    assert run_study(study, [], 1, tmp_path / "runs", STUBS) == 0
    for file in (tmp_path / "runs" / "s" / "trials").rglob("result.json"):
        assert json.loads(file.read_text())["content"].startswith("Own 0 ")


def test_a_first_report_is_there_when_the_first_seed_is_complete(finished, tmp_path, monkeypatch):
    study, runs = finished
    assert not (runs / "s" / "early.json").exists()  # too few trials to need one
    monkeypatch.setattr(mtkd.study.running, "EARLY", 2)
    assert run_study(study, [], 1, tmp_path / "runs", STUBS) == 0
    said = json.loads((tmp_path / "runs" / "s" / "early.json").read_text())
    assert {state for seed, state in said if seed == 0} == {"done"}
    assert "pending" in {state for seed, state in said if seed == 1}


def test_any_number_of_workers_gives_the_same_files(finished, tmp_path):
    study, runs = finished
    assert run_study(study, [], 3, tmp_path / "runs", STUBS) == 0
    assert contents(tmp_path / "runs") == contents(runs)


def test_what_is_done_is_not_run_again(finished, capfd):
    study, runs = finished
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("result.json")}
    assert run_study(study, [], 1, runs, STUBS) == 0
    assert {path: path.stat().st_mtime_ns for path in runs.rglob("result.json")} == before
    assert "6 of 6 trials are done and kept" in capfd.readouterr().out


def test_another_study_reuses_the_teachers(finished, tmp_path, capfd):
    _, runs = finished
    other = write_study(tmp_path / "other", grid={"committee": [["b"]]}, seed=0)
    before = {path: path.stat().st_mtime_ns for path in (runs / "teachers").rglob("result.json")}
    assert len(before) == 3
    assert run_study(other, [], 1, runs, STUBS) == 0
    after = {path: path.stat().st_mtime_ns for path in (runs / "teachers").rglob("result.json")}
    assert after == before
    assert "other: 2 teachers and trials to do on 1 workers" in capfd.readouterr().err


def test_a_failed_trial_is_told_and_the_others_go_on(tmp_path, capfd):
    grid = {"student.behaviour": ["fail", "fine"]}
    study = write_study(tmp_path / "s", grid=grid, controls=["labels_only"], seed=0)
    assert run_study(study, [], 2, tmp_path / "runs", STUBS) == 1
    said = capfd.readouterr()
    assert "2 of 4 trials are done and kept; failed:" in said.out
    assert "ArithmeticError: the loss is NaN; see " in said.out
    states = {
        t["name"]: (t["state"], t["error"]) for t in index_of(tmp_path / "runs", "s")["trials"]
    }
    assert states["forward_kl-uniform-a+b-student.behaviour=fine-seed0"] == ("done", None)
    state, error = states["forward_kl-uniform-a+b-student.behaviour=fail-seed0"]
    assert (state, error) == ("failed", "ArithmeticError: the loss is NaN")
    (log,) = (tmp_path / "runs" / "s" / "trials").glob("forward*fail*/log.txt")
    assert str(log) in said.out
    assert "Traceback" in log.read_text()
    assert "at step 3" in log.read_text()


def test_a_failed_teacher_fails_only_its_students(tmp_path, capfd):
    teachers = {"a": teacher(model=MODEL | {"behaviour": "fail"}), "b": teacher(seed=2)}
    study = write_study(
        tmp_path / "s", teachers=teachers, grid={"committee": [["a"], ["b"]]}, seed=0
    )
    assert run_study(study, [], 2, tmp_path / "runs", STUBS) == 1
    states = {
        t["name"]: (t["state"], t["error"]) for t in index_of(tmp_path / "runs", "s")["trials"]
    }
    assert states["forward_kl-uniform-a-seed0"] == (
        "failed",
        "its teacher failed: ArithmeticError: the loss is NaN",
    )
    assert states["forward_kl-uniform-b-seed0"] == ("done", None)
    assert "teacher a: ArithmeticError" in capfd.readouterr().out


def test_a_worker_that_dies_takes_no_other_trial_with_it(tmp_path, capfd):
    grid = {"student.behaviour": ["die", "die_once", "fine"]}
    study = write_study(tmp_path / "s", grid=grid, controls=["labels_only"], seed=0)
    assert run_study(study, [], 2, tmp_path / "runs", STUBS) == 1
    trials = index_of(tmp_path / "runs", "s")["trials"]
    failed = {t["name"] for t in trials if t["state"] == "failed"}
    assert failed == {
        "forward_kl-uniform-a+b-student.behaviour=die-seed0",
        "labels_only-student.behaviour=die-seed0",
    }
    assert {t["state"] for t in trials if t["name"] not in failed} == {"done"}
    assert "died twice without a word" in capfd.readouterr().out


def test_a_full_disk_stops_the_study_with_one_sentence(tmp_path, capfd):
    grid = {"student.behaviour": ["full", "fine"]}
    study = write_study(tmp_path / "s", grid=grid, seed={"range": 3})
    assert run_study(study, [], 1, tmp_path / "runs", STUBS) == 1
    said = capfd.readouterr().err.splitlines()
    assert said[-1] == (
        "mtkd: the disk is full (OSError: [Errno 28] No space left on device); 0 of 12 trials are "
        "done and kept; free some space and give the same command again"
    )


def test_what_the_check_refuses_stops_before_anything_is_written(tmp_path):
    study = write_study(tmp_path / "s")
    functions = STUBS.__class__(**{**vars(STUBS), "check": "tests.study.stub.refuse"})
    with pytest.raises(ConfigError, match=r"^config\.student: does not go together"):
        run_study(study, [], 2, tmp_path / "runs", functions)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["study.json", "result.json"])
def test_a_folder_of_another_version_is_refused(finished, tmp_path, name):
    study, runs = finished
    copy = shutil.copytree(runs, tmp_path / "runs")
    file = next((copy / "s").rglob(name))
    file.write_text(file.read_text().replace(": 1", ": 7", 1))
    with pytest.raises(ConfigError, match=rf"{name} has format version 7, this mtkd reads and"):
        run_study(study, [], 1, copy, STUBS)


def test_a_damaged_index_is_written_again(finished, tmp_path):
    study, runs = finished
    copy = shutil.copytree(runs, tmp_path / "runs")
    file = copy / "s" / "study.json"
    file.write_bytes(file.read_bytes()[:100])
    assert run_study(study, [], 1, copy, STUBS) == 0
    assert index_of(copy, "s") == index_of(runs, "s") | {"formula": {}}


def test_a_trial_knows_its_role_and_the_tau_of_its_study(tmp_path):
    plan = make_plan(write_study(tmp_path / "s", tau=0.6, seed=0))
    tasks = tasks_of(plan, Ledger(plan, tmp_path / "runs"), STUBS)
    told = [(one.config["control"], one.config["cell"], one.config["tau"]) for one in tasks[3:]]
    assert told == [(trial.control, trial.cell, 0.6) for trial in plan.runs.values()]
    assert make_plan(write_study(tmp_path / "s", tau=0.9, seed=0)).runs.keys() == plan.runs.keys()


@pytest.mark.parametrize("damage", ["result.json", "predictions/clean.npz"])
@pytest.mark.parametrize("kept", [0, 30])
def test_a_file_cut_short_is_made_again(finished, tmp_path, damage, kept):
    study, runs = finished
    copy = shutil.copytree(runs, tmp_path / "runs")
    for file in sorted((copy / "s" / "trials").glob(f"*/{damage}"))[:2]:
        file.write_bytes(file.read_bytes()[:kept])
    assert run_study(study, [], 1, copy, STUBS) == 0
    assert contents(copy) == contents(runs)


@pytest.mark.parametrize(("learnt", "kept"), [("new/temperature=2", True), ("old", False)])
def test_a_trial_is_done_while_its_teacher_is_the_one_it_learnt_from(
    finished, tmp_path, learnt, kept
):
    study, old = finished
    runs = shutil.copytree(old, tmp_path / "runs")
    plan = make_plan(study)
    folders = Ledger(plan, runs).folders
    trial = next(t for t in plan.runs.values() if "a" in t.config["committee"])
    for key, content in (
        (plan.teachers["a"].id, {"identity": "new"}),
        (trial.id, {"teachers": {"a": {"identity": learnt}}}),
    ):
        write_json(folders[key] / "result.json", {"format": FORMAT, **content})
    assert (trial.id in Ledger(plan, runs).done) is kept
