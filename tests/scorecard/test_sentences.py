"""What cannot be meant is one sentence with status 2, and changes nothing."""

import shutil

import pytest

from mtkd.scorecard import Book
from mtkd.scorecard.summary import summary
from tests.scorecard.world import World, add, edit, scorecard


def refused(capsys, status):
    """The one line that was said."""
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("mtkd: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture
def copy(first, tmp_path):
    return shutil.copytree(first, tmp_path / "run")


def test_an_unknown_student_lists_those_there_are(first, tmp_path, capsys):
    said = refused(capsys, add(first, tmp_path / "b", "v1", "--student", "C7"))
    assert "--student: 'C7' is no cell and no trial" in said
    assert "C1: kl · weak+big; K1: labels only" in said
    assert not (tmp_path / "b").exists()


def test_an_unknown_seed_teacher_or_run(first, tmp_path, capsys):
    said = refused(capsys, add(first, tmp_path, "v1", "--seed", 4))
    assert "C1 has no finished trial of seed 4, only 0" in said
    said = refused(capsys, add(first, tmp_path, "v1", "--teacher", "huge"))
    assert "has no teacher 'huge', only weak, big, placebo" in said
    assert "holds no study.json" in refused(capsys, add(tmp_path, tmp_path))


@pytest.mark.parametrize("name", ["v1", "V1"])
def test_a_version_that_exists_is_never_overwritten(first, book, capsys, name):
    before = (book / "v1.json").read_bytes()
    said = refused(capsys, add(first, book, name))
    assert f"--version {name}: {book} has a version v1 already" in said
    assert "versions are never overwritten" in said
    assert (book / "v1.json").read_bytes() == before


@pytest.mark.parametrize("name", ["../v1", "", "a b", ".v", "v1.", "scor/e"])
def test_a_name_that_is_no_file_name(first, tmp_path, capsys, name):
    assert "cannot name a file" in refused(capsys, add(first, tmp_path, name))


def test_another_dataset_names_both_and_what_to_do(book, tmp_path, capsys):
    other = World(tmp_path, first_id=5000).write()
    said = refused(capsys, add(other, book, "v3"))
    assert "the book's latest version v2 on" in said
    assert "start another --book, or add it apart with --other-dataset" in said
    assert not (book / "v3.json").exists()


def test_a_run_without_a_control_has_no_base(copy, tmp_path, capsys):
    edit(copy, lambda study: study["trials"].pop())
    said = refused(capsys, add(copy, tmp_path / "b"))
    assert "has no finished labels_only control of seed 0 for kl-seed0" in said
    assert "add labels_only to the study's controls" in said


def test_a_control_of_another_seed_or_student_is_none(copy, tmp_path, capsys):
    edit(copy, lambda study: study["trials"][1].update(seed=1))
    assert "no finished labels_only control" in refused(capsys, add(copy, tmp_path / "b"))
    edit(copy, lambda study: study["trials"][1].update(seed=0, cell={"student": "other"}))
    edit(copy, lambda study: study["trials"][0]["cell"].update(student="own"))
    assert "no finished labels_only control" in refused(capsys, add(copy, tmp_path / "b"))


def test_a_teacher_no_better_than_the_control_leaves_no_gap(first, tmp_path, capsys):
    assert add(first, tmp_path, "v1", "--teacher", "weak") == 0
    said = capsys.readouterr().out
    why = "no gap to recover: teacher weak is right on 30 of 40"
    assert f"not measured: gap recovered: {why}" in said
    assert "the control plain-seed0 on 30; name a better teacher" in said
    (made,) = Book.read(tmp_path).versions
    assert not made.by_name["gap_recovered"].known
    assert made.by_name["quality_ratio"].known
    assert why in summary(made)[0]
    assert "NaN" not in summary(made)[0]


def test_an_audit_without_validation_is_told_to_give_it(copy, tmp_path, capsys):
    edit(copy, lambda study: study.update(validated=False))
    said = refused(capsys, add(copy, tmp_path / "b"))
    assert said.rstrip().endswith("run the audit again with --validation")


def test_risks_and_calls_outside_their_range(first, tmp_path, capsys):
    said = refused(capsys, add(first, tmp_path, "v1", "--risk", 0))
    assert "risk must lie strictly between 0 and 1" in said
    said = refused(capsys, add(first, tmp_path, "v1", "--calls", 0))
    assert "--calls must be at least 1, got 0" in said
    said = refused(capsys, add(first, tmp_path, "v1", "--warm-up", -1))
    assert "--warm-up must be at least 0, got -1" in said


def test_a_prediction_file_that_is_cut_off_or_missing(copy, tmp_path, capsys):
    file = copy / "trials/kl/predictions/clean.npz"
    file.write_bytes(file.read_bytes()[:50])
    assert f"prediction file {file} cannot be used" in refused(capsys, add(copy, tmp_path / "b"))
    file.unlink()
    assert f"prediction file {file} does not exist" in refused(capsys, add(copy, tmp_path / "b"))


def test_models_that_saw_other_items(copy, tmp_path, capsys):
    elsewhere = World(tmp_path / "o", first_id=9).write()
    shutil.copy(elsewhere / "teachers/big/predictions/clean.npz", copy / "teachers/big/predictions")
    assert "differ at row 0: items" in refused(capsys, add(copy, tmp_path / "b"))


def test_an_empty_book_says_how_to_begin(tmp_path, capsys):
    said = refused(capsys, scorecard("show", tmp_path / "none"))
    assert "holds no version; `mtkd scorecard add RUN --version v1 --book" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "v1.json is damaged"),
        ("[]", "holds no 'mtkd scorecard version'"),
        ('{"format": "mtkd scorecard version", "version": 9}', "of version 9"),
        ('{"format": "mtkd scorecard version", "version": 1}', "field 'hashes' is missing"),
    ],
)
def test_a_damaged_book_names_the_file(tmp_path, capsys, content, said):
    (tmp_path / "v1.json").write_text(content)
    assert said in refused(capsys, scorecard("show", tmp_path))
