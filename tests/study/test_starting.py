"""Weights on disk that a student or a trained teacher starts from, changed between two runs."""

import shutil
from pathlib import Path

import pytest
import torch

from mtkd.files import read_json, write_json
from mtkd.starts import digest, starts
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.study.standing import DataChanged
from mtkd.study.starting import refuse_other_starts
from tests.study.own import HERE, Net, write_table
from tests.study.studies import teacher, write_study
from tests.study.test_check import ADAM
from tests.study.test_unchanged import STUDY, again, manifests, results, run

STORED = {"_target_": f"{HERE}.stored"}
CHANGES = {
    "student": STORED | {"file": "small.pt"},
    "teachers": {"a": teacher(model=STORED | {"file": "big.pt"}, optimizer=ADAM)},
}


def write_weights(file):
    """Other ones each time."""
    torch.save(Net().layer.state_dict(), file)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study that ran, of a student and a teacher that start from files."""
    at = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(at)
        for file in ("small.pt", "big.pt"):
            write_weights(file)
        write_table(Path("table.txt"))
        write_table(Path("far.txt"))
        write_study(Path("s"), **STUDY | CHANGES)
        assert again() == 0
    return at


def compared():
    refuse_other_starts(Ledger(make_plan("s"), Path("runs").resolve()))


SENTENCE = (
    "config.{model}: the weights in {file} have changed since {who} of this study started from "
    "them; new trials would be compared with old ones of another start, so nothing was run and "
    "nothing removed; put the old weights back, give another folder with --runs to do all from the "
    "new ones, or remove "
)


@pytest.mark.parametrize("override", ["seed=0", "seed=[0,1]"])
def test_other_weights_stop_the_study_with_one_sentence(there, override, capfd):
    before = results()
    write_weights("small.pt")
    assert run(override) == 2
    said = capfd.readouterr()
    (sentence,) = (line for line in said.err.splitlines() if "weights" in line)
    expected = SENTENCE.format(model="student", file="small.pt", who="2 trials")
    assert sentence.startswith(f"mtkd: {expected}")
    folders = {Path(one) for one in sentence.removeprefix(f"mtkd: {expected}").split(" and ")}
    assert folders == {path.parent for path in manifests() if "trials" in path.parts}
    assert "done and kept" not in said.out
    assert results() == before
    for folder in folders:
        shutil.rmtree(folder)
    compared()


def test_a_teacher_that_is_trained_is_named(there):
    compared()
    write_weights("big.pt")
    with pytest.raises(DataChanged) as caught:
        compared()
    start = SENTENCE.format(model="teachers.a.model", file="big.pt", who="1 teacher")
    (folder,) = Path("runs/teachers").iterdir()
    assert str(caught.value) == f"{start}{folder} and the trials of this study"


def test_the_same_weights_go_on_though_the_file_was_written_again(there):
    Path("small.pt").write_bytes(Path("small.pt").read_bytes())
    compared()


def test_a_run_of_before_goes_on_and_claims_nothing_about_its_teacher(there, capfd):
    for file in manifests():
        write_json(file, {k: value for k, value in read_json(file).items() if k != "start"})
    write_weights("small.pt")
    write_weights("big.pt")
    (teacher,) = Path("runs/teachers").iterdir()
    (teacher / "result.json").unlink()  # it is completed
    assert again() == 0
    assert "2 of 2 trials are done and kept" in capfd.readouterr().out
    (completed,) = (file for file in manifests() if "teachers" in file.parts)
    assert read_json(completed)["start"] == {}


def test_a_teacher_that_is_stopped_halfway_is_known_to_have_started(there):
    shutil.rmtree("runs")
    assert again(train_teacher="tests.study.stub.stop_halfway") == 1
    compared()
    write_weights("big.pt")
    with pytest.raises(DataChanged, match=r"big\.pt have changed since 1 teacher"):
        compared()


def test_weights_that_are_gone_cannot_be_compared(there):
    Path("small.pt").unlink()
    compared()


def test_a_folder_counts_by_its_weights_and_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("m").mkdir()
    Path("m/README.md").write_text("a model")
    assert digest("m") == ""  # no weights in it
    seen = set()
    for name in ("model.safetensors", "config.json", "model-2.safetensors"):
        for content in "ab":
            Path("m", name).write_text(content)
            seen.add(digest("m"))
    assert len(seen) == 6
    Path("m/README.md").write_text("another word")
    assert digest("m") in seen


def test_paths_are_found_wherever_they_stand_in_a_node(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.safetensors", "b.pt", "log.txt"):
        Path(name).write_text(name)
    node = {"_target_": "b.pt", "model": {"of": ["a.safetensors", 3, "x" * 9999]}, "log": "log.txt"}
    assert starts(node) == {"a.safetensors": digest("a.safetensors")}
    assert starts(None) == {}
