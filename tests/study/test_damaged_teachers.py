"""Which damage to a teacher's folder makes a run do it again."""

import json
import shutil

import pytest

from mtkd.files import write_json
from mtkd.kept import recorded
from mtkd.study import worker
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.study.run import run_study
from mtkd.study.tasks import drop_damaged
from tests.study.studies import STUBS, plan_of, teacher, write_study

SEEDS = {"grid": {"committee": [["a"]]}, "controls": []}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of one seed whose teachers a and b were recorded: (study, runs)."""
    at = tmp_path_factory.mktemp("finished")
    study = write_study(at / "s", **SEEDS, seed=0)
    assert run_study(study, [], 1, at / "runs", STUBS) == 0
    for result in (at / "runs" / "teachers").glob("*/result.json"):
        (result.parent / "signals.safetensors").write_bytes(b"what it said")
        said = json.loads(result.read_text())
        write_json(result, {**said, "live": False, "recorded": recorded(result.parent)})
    return study, at / "runs"


@pytest.fixture
def ledger(finished, tmp_path):
    """The ledger of a copy, with another seed to do; `change` is done to its teachers first."""
    study, runs = finished
    copy = shutil.copytree(runs, tmp_path / "runs")

    def of(change, *overrides):
        for file in copy.glob("teachers/*/signals.safetensors"):
            change(file)
        return Ledger(make_plan(study, overrides), copy)

    return of


def left(ledger):
    """Names of teachers that are not done."""
    teachers = ledger.plan.teachers.items()
    return {name for name, one in teachers if one.id not in ledger.done}


def forget(file):
    """As an earlier mtkd left it: no content is known; then the file is deleted."""
    said = json.loads((file.parent / "result.json").read_text())
    del said["recorded"]
    write_json(file.parent / "result.json", said)
    file.unlink()


def test_signals_that_nobody_needs_may_be_deleted_to_save_room(ledger):
    found = ledger(lambda file: file.unlink())
    assert drop_damaged(found, print) == []
    assert left(found) == set()


@pytest.mark.parametrize(
    "change", [lambda file: file.write_bytes(b"WHAT it said"), lambda file: file.unlink(), forget]
)
def test_other_signals_are_found_where_a_trial_will_learn_from_them(ledger, change):
    found = ledger(change, "seed=1")
    (file,) = drop_damaged(found, print)
    assert file == found.folders[found.plan.teachers["a"].id] / "signals.safetensors"
    assert left(found) == {"a"}, "nobody learns from a placebo"


def test_nothing_is_read_where_no_trial_is_left(ledger, monkeypatch):
    monkeypatch.setattr("mtkd.study.tasks.damaged", lambda home: 1 / 0)
    assert drop_damaged(ledger(lambda file: file.write_bytes(b"other")), print) == []


def test_a_long_comparison_is_announced(ledger, monkeypatch):
    said = []
    drop_damaged(ledger(lambda file: None, "seed=1"), said.append)
    monkeypatch.setattr("mtkd.study.tasks.LARGE", 12)
    drop_damaged(ledger(lambda file: None, "seed=1"), said.append)
    assert said == ["comparing 0 GB of recorded answers with what was written"]


def test_a_run_does_such_a_teacher_again_and_says_so(finished, tmp_path, capfd):
    study, runs = finished
    copy = shutil.copytree(runs, tmp_path / "runs")
    (file,) = copy.glob("teachers/a-*/signals.safetensors")
    file.write_bytes(b"other")
    assert run_study(study, ["seed=1"], 1, copy, STUBS) == 0
    said = capfd.readouterr().err
    assert f"warning: {file} is not what its teacher wrote, which therefore runs again" in said
    assert "s: 2 teachers and trials to do" in said


def test_a_task_is_alone_in_its_folder(tmp_path):
    """Two studies may make one teacher; whoever comes while it is made is kept out."""
    call = "mtkd.study.lock._locked", (tmp_path / "t", False)
    state, reason = worker.call(*call, str(tmp_path / "t"))
    assert state == "failed"
    assert reason.startswith("ConfigError: another `mtkd run` works in")
    assert worker.call(*call, str(tmp_path / "other")).state == "done"


@pytest.mark.parametrize(("name", "start"), [("語" * 100, "語" * 80), ("x" * 300, "x" * 120)])
def test_a_long_name_is_cut_to_what_a_file_system_takes(tmp_path, name, start):
    names = {"teachers": {name: teacher(seed=1)}, "grid": {}, "seed": 0}
    plan = plan_of(tmp_path, **names)
    folder = Ledger(plan, tmp_path / "runs").folders[plan.teachers[name].id]
    folder.mkdir(parents=True)
    assert folder.name == f"{start}-{plan.teachers[name].id}"


def test_ctrl_c_while_answers_are_compared_ends_like_any_other(
    finished, tmp_path, monkeypatch, capfd
):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mtkd.study.running.drop_damaged", stop)
    assert run_study(finished[0], [], 1, tmp_path / "runs", STUBS) == 130
    assert "stopped; 0 of 1 trials are done and kept" in capfd.readouterr().err
