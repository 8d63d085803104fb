"""The command on files: what it writes, its exit codes, its sentences, and what it imports."""

import csv
import json
import subprocess
import sys

import pytest

from tests.slices.files import slices, write, write_files

GATE = "margin: {margin}\nundecided: {undecided}\nslices: [{{}}, {{where: {{side: {side}}}}}]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("files")
    write_files(made)
    return made


@pytest.fixture
def words(folder, tmp_path):
    return [
        *("--student", folder / "s.csv", "--against", folder / "t.csv"),
        *("--metadata", folder / "meta.csv", "--out", tmp_path / "out"),
    ]


def test_it_finds_the_pocket_and_writes_everything(words, tmp_path, capsys):
    assert slices(*words) == 0
    printed = capsys.readouterr().out
    assert "s.csv and t.csv: s.csv\nagainst t.csv\n" in printed
    assert "The student is worse than its reference in: age = 2 and side = 1 (+0." in printed
    with (tmp_path / "out/slices.csv").open() as file:
        rows = {row["slice"]: row for row in csv.DictReader(file)}
    pocket = rows["age = 2 and side = 1"]
    assert pocket["status"] == "confirmed"
    assert float(pocket["net"]) == pytest.approx(float(pocket["nfr"]) - float(pocket["pfr"]))
    assert rows["age = 2"]["explained_by"] == "age = 2 and side = 1"
    assert {"class", "confusion", "confidence", "length", "metadata", "domain"} < {
        row["kind"] for row in rows.values()
    }
    assert not (tmp_path / "out/gate.json").exists()


@pytest.mark.parametrize(
    ("margin", "undecided", "side", "status", "verdict"),
    [
        (0.5, "fail", 1, 0, "pass"),
        (0.02, "pass", 1, 1, "fail"),
        (0.1, "fail", 3, 0, "pass"),
    ],
)
def test_exit_codes_of_the_gate(margin, undecided, side, status, verdict, words, tmp_path, capsys):
    gate = tmp_path / "gate.yaml"
    gate.write_text(GATE.format(margin=margin, undecided=undecided, side=side))
    assert slices(*words, "--gate", gate) == status
    assert f"Gate: {verdict}." in capsys.readouterr().out
    written = json.loads((tmp_path / "out/gate.json").read_text())
    assert (written["verdict"], written["exit_status"]) == (verdict, status)
    assert [one["name"] for one in written["slices"]] == ["all items", f"side = {side}"]
    assert written["slices"][0]["n"] == 1200


def test_the_order_of_rows_does_not_matter(words, folder, tmp_path):
    slices(*words)
    first = (tmp_path / "out/slices.csv").read_text()
    for name in ("t.csv", "meta.csv"):
        head, *rows = (folder / name).read_text().splitlines()
        (tmp_path / name).write_text("\n".join([head, *rows[::-1]]))
    again = ["--student", folder / "s.csv", "--against", tmp_path / "t.csv"]
    again += ["--metadata", tmp_path / "meta.csv", "--out", tmp_path / "again"]
    slices(*again)
    assert (tmp_path / "again/slices.csv").read_text() == first


def rewritten(folder, tmp_path, edit):
    """meta.csv with its rows edited."""
    with (folder / "meta.csv").open() as file:
        return write(tmp_path / "m.csv", edit(list(csv.reader(file))))


REFUSED = {
    "row 2 has the id 'clean-0' of row 1": lambda rows: [*rows[:2], *rows[1:]],
    "lacks 1 of the 1200 items of clean, the first is the id 'clean-0'": lambda rows: (
        [rows[0], *rows[2:]]
    ),
    "knows no item at all: its first id is 'x'": lambda rows: [rows[0], ["x", *rows[1][1:]]],
    "has no id among its columns": lambda rows: [row[1:] for row in rows],
    "has no column besides id": lambda rows: [row[:1] for row in rows],
    "has a column 'label', which means something else": lambda rows: [
        [*row, "label" if row[0] == "id" else "a"] for row in rows
    ],
    "has 'age' twice among its columns": lambda rows: [[*row, row[1]] for row in rows],
    "row 3 has 4 fields, expected 5": lambda rows: [*rows[:3], rows[3][:-1], *rows[4:]],
}


@pytest.mark.parametrize("said", REFUSED)
def test_metadata_that_breaks_a_rule_is_one_sentence(said, folder, words, tmp_path, capsys):
    path = rewritten(folder, tmp_path, REFUSED[said])
    assert slices(*words[:4], "--metadata", path, "--out", tmp_path / "out") == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert str(path) in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_rows_about_other_items_are_named(folder, words, tmp_path, capsys):
    path = rewritten(folder, tmp_path, lambda rows: [*rows, ["x", *rows[1][1:]]])
    assert slices(*words[:4], "--metadata", path, *words[6:]) == 0
    assert f"note: 1 of 1201 rows of {path} are about no item here" in capsys.readouterr().out


WRONG = {
    "--metadata none.csv does not exist": ["--metadata", "none.csv"],
    "ends in '.txt', expected a table": ["--metadata", "m.txt"],
    "did you mean age?": ["--column", "aeg"],
    "--level must lie in (0, 0.5), got 0.9": ["--level", ".9"],
    "--tau must": ["--tau", "2"],
    "--against committee needs the folder of a run": ["--against", "committee"],
    "--against none.csv does not exist": ["--against", "none.csv"],
    "none.yaml cannot be read as YAML": ["--gate", "none.yaml"],
    "two files of predictions": ["--previous", "old"],
}


@pytest.mark.parametrize("said", WRONG)
def test_options_that_cannot_be_meant_so_are_one_sentence(said, words, capsys):
    assert slices(*words, *WRONG[said]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_only_the_columns_that_are_named_are_used(words, tmp_path):
    assert slices(*words, "--column", "age") == 0
    written = (tmp_path / "out/slices.csv").read_text()
    assert "age = 2" in written
    assert "side = " not in written


def test_torch_is_not_imported(words):
    code = (
        "import sys; from tests.slices.files import slices; status = slices(*sys.argv[1:]); "
        "assert status == 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, *map(str, words)], check=True)
