"""The folder: written in whole pieces, versions in their order, differences said."""

import csv
import errno
import json
import os
import shutil

import pytest

from mtkd.fallback import Rule
from mtkd.scorecard import Book
from mtkd.scorecard.same import comparable
from tests.fallback.run_folder import fallback
from tests.scorecard.world import LATER, World, add, make, scorecard


@pytest.fixture
def copy(book, tmp_path):
    return shutil.copytree(book, tmp_path / "book")


@pytest.fixture
def undrawn(monkeypatch):
    """Pages without plots: drawing takes most of the time."""
    monkeypatch.setattr("mtkd.scorecard.page.pictures", lambda versions, layer: [])


def test_holds_one_json_for_each_version_page_and_table(book):
    files = {path.name for path in book.iterdir()}
    assert files == {"v1.json", "v2.json", "predictions", "scorecard.html", "scorecard.csv"}
    assert [one.name for one in Book.read(book).versions] == ["v1", "v2"]
    assert [one.order for one in Book.read(book).versions] == [1, 2]


@pytest.mark.usefixtures("undrawn")
def test_versions_go_by_their_order_not_by_their_name(first, later, tmp_path):
    assert add(later, tmp_path, "v9") == add(first, tmp_path, "v10") == 0
    book = Book.read(tmp_path)
    assert [one.name for one in book.versions] == ["v9", "v10"]
    assert book.latest.by_name["negative_flips"].value == 1 / 40


def test_the_table_is_flat_and_every_row_stands_alone(book):
    table = list(csv.DictReader((book / "scorecard.csv").open(newline="")))
    versions = Book.read(book).versions
    assert len(table) == sum(len(one.figures) + len(one.slices) for one in versions)
    row = next(r for r in table if (r["version"], r["figure"]) == ("v2", "negative_flips"))
    assert (float(row["value"]), row["n"], row["layer"]) == (7 / 40, "40", "change")
    assert {row[part] for part in ("teacher", "student", "dataset", "rubric")} == {
        versions[1].hashes[part] for part in ("teacher", "student", "dataset", "rubric")
    }


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("broken", ["v3.npz", "v3.json", "scorecard.csv", "scorecard.html"])
def test_a_write_that_fails_leaves_whole_files(copy, first, monkeypatch, broken):
    before = {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    replace = os.replace

    def fail(source, target):
        if os.fspath(target).endswith(broken):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match=f"cannot write .*{broken}: No space left"):
        add(first, copy, "v3")
    monkeypatch.undo()
    assert not list(copy.rglob("*~"))
    counted = [one.name for one in Book.read(copy).versions]
    assert counted == ["v1", "v2"] + ["v3"] * broken.startswith("scorecard")
    assert all((copy / name).read_bytes() for name in before)
    if "v3" not in counted:
        assert all((copy / name).read_bytes() == content for name, content in before.items())
        assert add(first, copy, "v3") == 0


def test_show_makes_page_and_table_again(copy, capsys):
    page, table = ((copy / name).read_bytes() for name in ("scorecard.html", "scorecard.csv"))
    for name in ("scorecard.html", "scorecard.csv"):
        (copy / name).unlink()
    assert scorecard("show", copy) == 0
    assert (copy / "scorecard.html").read_bytes() == page
    assert (copy / "scorecard.csv").read_bytes() == table
    text = capsys.readouterr().out
    assert "quality ratio               0.944   0.778" in text
    assert (
        "DD-CEIR               +0.583 (n 4)  +0.250 (n 4)" in text
    )  # v2 also errs like the placebo


@pytest.mark.usefixtures("undrawn")
def test_another_dataset_is_only_added_apart(copy, tmp_path):
    other = World(tmp_path, first_id=5000).write()
    assert add(other, copy, "v3", "--other-dataset") == 0
    book = Book.read(copy)
    assert not comparable(*book.versions[1:])
    assert any("another dataset than v2" in note for note in book.latest.notes)
    flips = book.latest.by_name["negative_flips"]
    assert (flips.n, flips.convention) == (0, "v2 was measured on another dataset")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tau": 0.7}, "another rubric than v2: tau 0.9 -> 0.7"),
        ({"held_out": 240}, None),
        ({"teacher": {"sure": (0, 1), "unsure": (2,)}}, "another teacher than v2"),
        ({"student": LATER}, "the same student as v2"),
    ],
)
def test_what_else_differs_is_said(copy, tmp_path, change, said, capsys):
    status = add(World(tmp_path, **change).write(), copy, "v3")
    if said is None:
        assert status == 2  # other calibration items are another dataset
        return
    assert status == 0
    assert said in capsys.readouterr().out
    assert any(note.startswith(said) for note in Book.read(copy).latest.notes)


@pytest.mark.usefixtures("undrawn")
def test_other_training_data_is_said_but_compares(copy, first, tmp_path):
    run = shutil.copytree(first, tmp_path / "run")
    data = {"train": {"items": 90, "sha256": "0" * 64}}
    (run / "trials/kl/manifest.json").write_text(json.dumps({"data": data}))
    assert add(run, copy, "v3") == 0
    book = Book.read(copy)
    assert "other training data than v2" in book.latest.notes
    assert comparable(*book.versions[1:])


class TestRuleOfTheRun:
    @pytest.fixture
    def ruled(self, first, tmp_path):
        run = shutil.copytree(first, tmp_path / "run")
        assert fallback(run, "--risk", 0.2, "--teacher", "big") == 0
        return run

    def test_is_taken_where_it_is_about_this_student(self, ruled):
        found = make(ruled).version
        assert found.by_name["certified_risk"].value == 0.2
        assert "fallback.json" in found.by_name["certified_risk"].convention
        assert found.rubric["promise"] == {"risk": 0.2, "confidence": 0.9}

    def test_is_passed_over_for_another_promise_teacher_or_student(self, ruled):
        assert make(ruled, risk=0.1).version.by_name["certified_risk"].value == 0.1
        assert make(ruled, student="K1").version.by_name["certified_risk"].value == 0.05

    def test_of_other_predictions_is_refused(self, ruled):
        rule = json.loads((ruled / "fallback.json").read_text())
        rule["accepted"] -= 1
        (ruled / "fallback.json").write_text(json.dumps(rule))
        assert Rule.load(ruled / "fallback.json")
        with pytest.raises(ValueError, match="by the stored predictions it is"):
            make(ruled)


def test_what_cannot_be_certified_goes_to_the_teacher(tmp_path):
    found = make(World(tmp_path, held_out=40).write()).version
    certified, deferred = (found.by_name[name] for name in ("certified_risk", "deferral_rate"))
    assert "infeasible" in certified.convention
    assert (certified.known, certified.n, deferred.value) == (False, 40, 1)
    assert found.by_name["accepted_risk"].n == 0
    assert found.by_name["accuracy_with_fallback"].value == 36 / 40
    assert any("40 items, too few" in note for note in found.notes)


def test_without_a_placebo_there_is_no_double_difference(tmp_path):
    found = make(World(tmp_path, placebo=False).write()).version.by_name["dd_ceir"]
    assert (found.known, found.n) == (False, 0)
    assert "no placebo" in found.convention
