"""A data file that changes between two runs of a study: nothing old is mixed with anything new."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtkd.cli import main
from mtkd.config import ConfigError
from mtkd.files import read_json, write_json
from mtkd.manifests import recorded, refuse_mixture
from mtkd.report import build
from mtkd.study.guard import Guard
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.study.run import run_study
from mtkd.study.standing import DataChanged, identities, may_change, standings
from mtkd.study.tasks import Functions
from mtkd.study.unchanged import check_run, compare
from mtkd.study.worker import Outcome, Task
from tests.study.own import HERE, write_table
from tests.study.studies import ROOT, teacher, write_study
from tests.study.test_check import ADAM

NET = {"_target_": f"{HERE}.Net"}
DATA = {"_target_": f"{HERE}.Table", "file": "table.txt", "far": "far.txt"}
STUDY = {
    "data": DATA,
    "student": NET,
    "teachers": {"a": teacher(model=NET, optimizer=ADAM)},
    "placebo": None,
    "optimizer": ADAM,
    "seed": 0,
    "grid": {},
    "controls": ["labels_only"],
    "domains": ["clean", {"domain": "far"}],
}
SENTENCE = (
    "config.data: Table has changed since {who} of this study learnt from it: {what}; new trials "
    "would be compared with old ones on other data, so nothing was run and nothing removed; put "
    "the old data back, give another folder with --runs to do all on the new data, or remove "
)


def run(*overrides):
    """`mtkd run` in the current folder, with one worker."""
    return main(["run", "s", "--workers", "1", *overrides])


def again(*overrides, **functions):
    """The same, without a report."""
    stubs = {"report": "tests.study.stub.report", **functions}
    return run_study("s", overrides, 1, "runs", Functions(**stubs))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a table, and a study of it that ran in a real worker."""
    at = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(at)
        write_table(Path("table.txt"))
        write_table(Path("far.txt"))
        write_study(Path("s"), **STUDY)
        assert run() == 0
    return at


def results():
    """Every file of the results, with its time."""
    files = [path for path in Path("runs").rglob("*") if path.is_file() and "-" in str(path.parent)]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def compared(*overrides):
    """The comparison, in this process."""
    plan = make_plan("s", overrides)
    compare(plan, standings(Ledger(plan, Path("runs").resolve())))


def manifests():
    return sorted(Path("runs").rglob("manifest.json"))


@pytest.mark.parametrize("override", ["seed=0", "seed=[0,1]"])
def test_a_changed_file_stops_the_study_with_one_sentence(there, override, capfd):
    before, index = results(), Path("runs/s/study.json").read_bytes()
    write_table(Path("table.txt"), rows=21)
    assert run(override) == 2
    said = capfd.readouterr()
    (sentence,) = (line for line in said.err.splitlines() if "config.data" in line)
    who, what = "2 trials and 1 teacher", "test had 8 items and now has 9"
    assert sentence.startswith(f"mtkd: {SENTENCE.format(who=who, what=what)}")
    folders = sentence.partition("or remove ")[2].split(" and ")
    assert {Path(one) for one in folders} == {path.parent for path in manifests()}
    assert "done and kept" not in said.out
    assert results() == before
    assert override != "seed=0" or Path("runs/s/study.json").read_bytes() == index


def test_the_same_file_goes_on(there, capfd):
    before = results()
    assert run() == 0
    assert "2 of 2 trials are done and kept" in capfd.readouterr().out
    write_table(Path("table.txt"))
    assert again("seed=[0,1]") == 0
    assert "4 of 4 trials are done and kept" in capfd.readouterr().out
    assert {path: content for path, content in results().items() if path in before} == before
    refuse_mixture(Path("runs/s"))


@pytest.mark.parametrize(
    ("file", "changes", "what"),
    [
        ("table.txt", {"label": 1}, "train has 8 items as before, but not the same"),
        ("table.txt", {"rows": 19}, "test had 8 items and now has 7"),
        ("far.txt", {"rows": 30}, "domain far had 20 items and now has 30"),
        ("far.txt", {"label": 1}, "domain far has 20 items as before, but not the same"),
    ],
)
def test_what_changed_is_named(there, file, changes, what):
    compared()
    write_table(Path(file), **changes)
    with pytest.raises(DataChanged) as caught:
        compared()
    assert f"learnt from it: {what}; new trials" in str(caught.value)


def test_a_teacher_that_other_studies_share_is_compared_too(there):
    write_table(Path("table.txt"), label=1)
    write_study(Path("other"), **STUDY)
    plan = make_plan("other")
    with pytest.raises(DataChanged) as caught:
        compare(plan, standings(Ledger(plan, Path("runs").resolve())))
    (folder,) = Path("runs/teachers").iterdir()
    assert " since 1 teacher of this study learnt" in str(caught.value)
    assert str(caught.value).endswith(f"or remove {folder}")


def test_removing_what_the_sentence_names_makes_a_study_on_the_new_data(there, capfd):
    write_table(Path("table.txt"), label=1)
    assert run() == 2
    for folder in capfd.readouterr().err.strip().partition("or remove ")[2].split(" and "):
        shutil.rmtree(folder)
    assert again() == 0
    compared()
    refuse_mixture(Path("runs/s"))


def test_a_teacher_that_is_stopped_halfway_is_known_to_stand_on_its_data(there):
    (teacher,) = Path("runs/teachers").iterdir()
    kept = read_json(teacher / "manifest.json")
    shutil.rmtree(teacher)
    shutil.rmtree("runs/s")
    write_study(Path("s"), **STUDY | {"controls": []})
    assert again(train_teacher="tests.study.stub.stop_halfway") == 1
    assert read_json(teacher / "manifest.json")["data"] == kept["data"]
    compared()
    write_table(Path("table.txt"), label=1)
    with pytest.raises(DataChanged, match="since 1 teacher of this study"):
        compared()


def test_a_teacher_of_which_nothing_is_there_is_trained_on_what_is_there_now(there):
    (teacher,) = Path("runs/teachers").iterdir()
    shutil.rmtree("runs/s")
    for file in [*teacher.glob("*.safetensors"), teacher / "result.json"]:
        file.unlink()
    shutil.rmtree(teacher / "predictions")
    write_table(Path("table.txt"), label=1)
    compared()


@pytest.mark.parametrize("lacking", ["data", "domains", "file"])
def test_manifests_that_lack_the_entry_are_kept(there, lacking, capfd):
    for file in manifests():
        content = read_json(file)
        if lacking == "file":
            file.unlink()
        else:
            write_json(file, {key: value for key, value in content.items() if key != lacking})
    write_table(Path("far.txt" if lacking == "domains" else "table.txt"), rows=22)
    if lacking == "data":  # the domains are still compared
        with pytest.raises(DataChanged, match="domain clean had 8 items and now has 10"):
            compared()
        return
    assert run() == 0
    assert "2 of 2 trials are done and kept" in capfd.readouterr().out


def test_a_manifest_as_it_was_before_is_compared_by_what_it_has(there):
    for file in manifests():
        content = read_json(file)
        del content["domains"]
        for split in content["data"].values():
            del split["columns"]
        write_json(file, content)
    compared()
    write_table(Path("table.txt"), label=1)
    with pytest.raises(DataChanged, match="train has 8 items as before, but not the same"):
        compared()


def test_a_finished_study_whose_data_are_gone_is_kept_with_a_warning(there, capfd):
    Path("table.txt").unlink()
    assert run() == 0
    said = capfd.readouterr()
    assert "mtkd: warning: nobody knows whether the data are still those" in said.err
    assert "config.data: Table: " in said.err
    assert "2 of 2 trials are done and kept" in said.out


def test_the_study_is_checked_on_the_data_that_are_compared(there):
    plan = make_plan("s")
    kept = standings(Ledger(plan, Path("runs").resolve()))
    formulas, now = check_run(plan, kept, {})
    assert set(formulas) == {trial.cell_name for trial in plan.trials}
    assert {"train", "validation", "test", "domain far", "domain clean"} <= now.keys()
    assert [recorded(file.parent) for file in manifests()] == [now] * 3


def test_a_run_folder_that_mixes_is_refused(there, capfd):
    trials = [file for file in manifests() if "trials" in file.parts]
    content = read_json(trials[1])
    content["data"]["train"]["sha256"] = "0" * 64
    write_json(trials[1], content)
    with pytest.raises(ConfigError) as caught:
        refuse_mixture(Path("runs/s"))
    assert "runs/s mixes results that stand on different data: train has 8 items (sha256 " in str(
        caught.value
    )
    assert str(trials[1].parent.resolve()) in str(caught.value)
    report = Path("runs/s/report.html").stat().st_mtime_ns
    assert run() == 2
    assert "has changed since 1 trial of this study" in capfd.readouterr().err
    Path("table.txt").unlink()  # nothing to compare with: they still disagree with each other
    assert run() == 2
    assert "mixes results that stand on different data" in capfd.readouterr().err
    assert Path("runs/s/report.html").stat().st_mtime_ns == report


def test_weights_that_a_teacher_was_recorded_with_must_stay(there):
    Path("weight.txt").write_text("0.5")
    grown = {"model": {"_target_": f"{HERE}.Grown", "file": "weight.txt"}, "seed": 1}
    write_study(Path("s"), **STUDY | {"teachers": {"a": grown}})
    assert again() == 0
    plan = make_plan("s")
    ledger = Ledger(plan, Path("runs").resolve())
    check_run(plan, standings(ledger), identities(ledger))
    Path("weight.txt").write_text("0.25")
    with pytest.raises(DataChanged, match=r"config\.teachers\.a\.model: its weights \(hash .*runs"):
        check_run(plan, standings(ledger), identities(ledger))


def test_data_that_change_while_the_study_runs_fail_what_met_them(there):
    plan = make_plan("s")
    ledger = Ledger(plan, Path("runs").resolve())
    guard = Guard(ledger, Functions())
    _, guard.now = check_run(plan, standings(ledger), {})
    tasks = [Task(key, "name", "", (), ledger.folders[key]) for key in plan.runs]
    done = Outcome("done")
    assert [guard.finished(task, done) for task in tasks] == [done, done]
    content = read_json(tasks[0].folder / "manifest.json")
    content["data"]["train"]["columns"] = "other"
    write_json(tasks[0].folder / "manifest.json", content)
    told = "train has the same 8 items and labels, but other columns beside them"
    said = [guard.finished(task, done) for task in tasks]
    assert said == [Outcome("failed", f"the data changed while the study ran: {told}"), done]


def test_a_list_of_trials_needs_no_torch(there):
    code = (
        "import sys; from mtkd.cli import main; import mtkd.study.run, mtkd.manifests\n"
        "main(['run', 's', '--dry-run']); print('torch' in sys.modules)"
    )
    # The parent of the tests, for the study names parts that are in them.
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path)
    assert said.stdout.count(" done ") == 3
    assert said.stdout.endswith("False\n"), said.stderr


NUMBERS = {"_target_": "mtkd.data.Digits", "train": 600, "split_seed": 7}
TABLE = {"_target_": "mtkd.text.TextData", "splits": {"train": ["table.txt"]}}


@pytest.mark.parametrize(
    ("node", "may"),
    [
        (NUMBERS, False),
        ({"_target_": "mtkd.data.Shifted", "of": NUMBERS, "shifts": [1, None, True]}, False),
        (NUMBERS | {"_target_": "own.Digits"}, True),
        (NUMBERS | {"file": "table.txt"}, True),
        (TABLE, True),
        ({"_target_": "mtkd.data.Shifted", "of": {"_target_": "own.Table"}}, True),
    ],
)
def test_data_of_numbers_alone_need_not_be_built_again(node, may):
    assert may_change(node) is may


def test_a_trial_that_is_not_done_stands_on_nothing(there):
    for file in Path("runs/s/trials").glob("*/result.json"):
        file.unlink()
    write_table(Path("table.txt"), label=1)
    with pytest.raises(DataChanged, match="since 1 teacher of this study"):
        compared()


def test_an_older_manifest_agrees_with_a_newer_one(there):
    content = read_json(manifests()[-1])
    for entry in content["data"].values():
        del entry["columns"]
    write_json(manifests()[-1], content)
    refuse_mixture(Path("runs/s"))


def test_a_report_is_not_written_over_a_mixture(there):
    content = read_json(manifests()[-1])
    content["data"]["train"]["sha256"] = "0" * 64
    write_json(manifests()[-1], content)
    with pytest.raises(ConfigError, match="mixes results that stand on different data: train has"):
        build(Path("runs/s"))
