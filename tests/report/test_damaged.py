"""What a report cannot read is said on the terminal, a line for each trial."""

import json
import shutil
from pathlib import Path

import pytest

from mtkd.cli import main
from tests.report.synthetic import Synthetic

CELL = "forward_kl-uniform-planted"


def test_damaged_files_of_a_trial_are_a_line_each_and_the_page_is_written(tmp_path, capsys):
    folder = Synthetic(tmp_path / "run").write()
    study = json.loads((folder / "study.json").read_text())
    waiting = next(one for one in study["trials"] if one["name"].startswith("labels_only"))
    waiting |= {"state": "pending"}
    (folder / "study.json").write_text(json.dumps(study))
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().err == ""  # a trial that did not run is no damage

    cut = folder / f"trials/{CELL}-0/predictions/clean.npz"
    cut.write_bytes(cut.read_bytes()[:300])
    history = folder / f"trials/{CELL}-1/history.json"
    history.write_text('{"step": [1, ')
    assert main(["report", str(folder)]) == 0
    said = capsys.readouterr()
    first, second = said.err.splitlines()
    assert first.startswith(f"mtkd: warning: trial {CELL}-0 is left out: prediction file {cut} ")
    assert second == (
        f"mtkd: warning: trial {CELL}-1 is left out of the curves over training: {history} is "
        f"damaged; remove {history.parent} and run the study again to train it anew"
    )
    assert said.out == f"{folder}/report.html\n"
    assert f"trial {CELL}-0" in (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return Synthetic(tmp_path_factory.mktemp("whole") / "run", items=40).write()


@pytest.fixture
def folder(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "run"))


def change(file, key, value):
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {key: value}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("trials", []),
        ("trials", [{"name": "one"}]),
        ("teachers", []),
        ("tau", "much"),
        ("domains", None),
        ("version", None),
    ],
)
def test_an_index_of_another_shape_is_one_sentence_and_status_2(folder, key, value, capsys):
    change(folder / "study.json", key, value)
    assert main(["report", str(folder)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"mtkd: {folder}/study.json is ")
    assert said.endswith("; run the study again, finished trials are kept")


COSTS = {"steps": 3, "seconds": 1.0, "step_flop": None, "step_flop_live": None}


def test_parts_of_another_shape_are_left_out_and_costs_are_told(folder, capsys):
    broken = {
        "manifest.json": [{"data": []}, {"data": "text", "versions": []}, {"versions": None}, []],
        "history.json": [[], {"series": None}, {"step": [1], "series": {}}, {}],
        "result.json": [COSTS | {"steps": "x"}, COSTS | {"seconds": []}, [], COSTS],
    }
    trials = sorted(folder.glob("trials/forward_kl-uniform-planted*"))
    assert len(trials) == 4
    for name, contents in broken.items():
        for trial, content in zip(trials, contents, strict=True):
            (trial / name).write_text(json.dumps(content))
    assert main(["report", str(folder)]) == 0
    lines = capsys.readouterr().err.splitlines()
    what = ("steps is 'x', expected a number", "seconds is [], expected a number")
    for trial, said in zip(trials, (*what, "it holds no keys and values"), strict=False):
        assert (
            f"mtkd: warning: trial {trial.name} is left out of the costs: {trial}/result.json is "
            f"damaged ({said}); delete it, the command that ran the study makes it again"
        ) in lines
    assert len(lines) == 3


@pytest.mark.parametrize(("place", "shown"), [(0, 12), (11, 12), (12, 64), (63, 64)])
def test_hashes_that_differ_are_shown_to_differ(folder, place, shown, capsys):
    one = "0123456789abcdef" * 4
    other = f"{one[:place]}#{one[place + 1 :]}"
    trials = [folder / f"trials/{CELL}-{seed}" for seed in (0, 1)]
    for trial, digest in zip(trials, (one, other), strict=True):
        change(trial / "manifest.json", "data", {"train": {"items": 9, "sha256": digest}})
    assert main(["report", str(folder)]) == 2
    said = capsys.readouterr().err
    assert f"9 items (sha256 {one[:shown]}) in {trials[0]}" in said
    assert f"9 items (sha256 {other[:shown]}) in {trials[1]}" in said
