"""The command on a run folder: every reference, every domain, and what does not fit."""

import csv
import json
import shutil

import numpy as np
import pytest

from mtkd.predictions import Predictions
from mtkd.slices.matching import said
from tests.fallback.run_folder import trial, write_run
from tests.slices.files import slices, write
from tests.slices.run_folder import SIZE, compared, rewrite


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    both = trial("both", committee=["weak", "good"])
    return write_run(tmp_path_factory.mktemp("run"), SIZE, [both], items=0)


@pytest.fixture
def folder(stored, tmp_path):
    return shutil.copytree(stored, tmp_path / "run")


def test_the_committee_is_the_mean_of_its_teachers(folder):
    models, (clean, noise), notes = compared(folder, "both0")
    assert models.reference == "committee, equal mixture of weak and good"
    both = [said((folder / "teachers" / name,), "clean") for name in ("weak", "good")]
    mean = np.mean([one.predictions().probs for one in both], axis=0)
    np.testing.assert_allclose(clean.reference.probs, mean, atol=1e-12)
    assert (clean.domain, noise.domain) == ("clean", "noise@3")
    assert set(clean.teachers) == {"weak", "good"}
    assert notes == ["inverted has no labels, so nobody can be wrong there: left out"]


def test_one_teacher_is_called_by_its_name(folder):
    assert compared(folder)[0].reference == "its teacher good"


def test_the_control_has_the_students_seed(folder):
    models, (clean, _), _ = compared(folder, against="control")
    assert models.folders == (folder / "trials/plain-0",)
    mine = said(models.folders, "clean").predictions().probs
    np.testing.assert_array_equal(clean.reference.probs, mine)


def test_another_student_of_the_run_can_be_the_reference(folder):
    assert compared(folder, against="C2")[0].folders == (folder / "trials/both-0",)


def test_the_previous_student_is_matched_by_id(folder, tmp_path):
    old = shutil.copytree(folder, tmp_path / "old")
    path = old / "trials/kl-0/predictions/clean.npz"
    kept = Predictions.load(path)
    order = np.random.default_rng(0).permutation(SIZE)
    rewrite(path, ids=kept.ids[order], log_probs=kept.log_probs[order])
    for previous in (old, old / "trials/kl-0"):
        _, (clean, _), _ = compared(folder, "kl0", "previous", previous)
        np.testing.assert_array_equal(clean.reference.probs, clean.student.probs)
        assert not clean.worse.any()


def test_a_domain_that_the_previous_student_never_saw_is_left_out_and_said(folder, tmp_path):
    old = shutil.copytree(folder, tmp_path / "old")
    (old / "trials/kl-0/predictions/noise@3.npz").unlink()
    _, found, notes = compared(folder, "kl0", "previous", old)
    assert [one.domain for one in found] == ["clean"]
    assert notes[0].startswith("noise@3: no predictions of previous kl (seed 0)")


def test_shifted_items_follow_their_clean_ones(folder):
    for name in ("trials/kl-0", "teachers/good"):
        rewrite(folder / name / "predictions/noise@3.npz", ids=np.arange(SIZE) + 5000)
    _, (clean, noise), _ = compared(folder)
    np.testing.assert_array_equal(noise.origins, clean.ids)
    assert noise.ids[0] == "5000"


def test_metadata_of_the_run_and_of_the_user_are_joined(folder, tmp_path):
    ids = [*map(str, range(SIZE))]
    (folder / "metadata").mkdir()
    write(folder / "metadata/clean.csv", [["id", "side"], *([i, "ab"[int(i) % 2]] for i in ids)])
    more = write(tmp_path / "more.csv", [["id", "size"], *([i, int(i) % 3] for i in ids)])
    words = [folder, "--student", "kl0", "--against", "control", "--metadata", more]
    assert slices(*words, "--out", tmp_path / "out") == 0
    with (tmp_path / "out/slices.csv").open() as file:
        rows = list(csv.DictReader(file))
    kinds = {(row["domain"], row["slice"]) for row in rows if row["kind"] == "metadata"}
    assert ("clean", "side = b") in kinds
    assert {("clean", "size = 0"), ("noise@3", "size = 0")} <= kinds
    assert ("noise@3", "side = b") not in kinds


def test_it_writes_into_the_folder_of_the_run(folder):
    gate = folder / "gate.yaml"
    gate.write_text("margin: .5\nslices: [{}, {domain: noise@3, margin: .4}]")
    assert slices(folder, "--student", "kl0", "--against", "committee", "--gate", gate) == 0
    assert json.loads((folder / "gate.json").read_text())["verdict"] == "pass"
    assert (folder / "slices.html").is_file()


WRONG = {
    "--against previous and --previous FOLDER belong together": ["--against", "previous"],
    "holds neither study.json nor predictions/": ["--against", "previous", "--previous", "."],
    "'C9' is no cell and no trial": ["--against", "C9"],
    "--against kl0 is the student itself": ["--against", "kl0"],
    "plain was taught by nobody": ["--student", "plain0", "--against", "committee"],
    "no finished labels_only control for plain": ["--student", "plain0", "--against", "control"],
    "--student:": ["--student", "C9", "--against", "committee"],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_models_that_are_not_there_are_one_sentence(sentence, folder, capsys):
    assert slices(folder, "--student", "kl0", *WRONG[sentence]) == 2
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1
