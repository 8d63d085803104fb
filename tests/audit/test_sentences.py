"""What is said about bad input: one sentence with file, row and rule, and exit status 2."""

import re
import sys

import numpy as np
import pytest

from mtkd.audit import read_told
from tests.audit.files import refused, write_csv, write_npz

HEAD = "id,label,p_0,p_1,p_2\n"
GOOD = "a,0,.2,.3,.5\n"

TEXTS = {
    "sum": (HEAD + GOOD + "b,1,.2,.3,.6\n", "row 2 (id b) has probabilities that sum to 1.1"),
    "logits": (HEAD + "a,0,4,2,1\n", "sum to 7, expected 1 within 0.001; write probabilities"),
    "nan": (HEAD + "a,0,nan,.5,.5\n", "row 1 (id a) gives class 0 the value nan, expected a"),
    "infinite": (HEAD + "a,0,inf,.5,.5\n", "row 1 (id a) gives class 0 the value inf"),
    "negative": (HEAD + GOOD + "b,1,.7,.5,-.2\n", "row 2 (id b) gives class 2 the value -0.2"),
    "above log 1": ("id,label,log_p_0,log_p_1\na,0,.1,-2\n", "0.1, expected a log-probability"),
    "label": (HEAD + "a,3,.2,.3,.5\n", "(id a) has the label '3', expected one of the classes 0"),
    "label -2": (HEAD + "a,-2,.2,.3,.5\n", "has the label '-2', expected one of the classes 0, 1"),
    "duplicate": (HEAD + GOOD + "b,1,.2,.3,.5\n" + GOOD, "row 3 has the id 'a' of row 1"),
    "empty id": (HEAD + ",0,.2,.3,.5\n", "row 1 has an empty id"),
    "empty": ("", "is empty, expected predictions"),
    "blank lines": ("\ufeff\n\n", "is empty, expected a header"),
    "no rows": (HEAD, "holds no rows, expected at least one item"),
    "no id": ("label,p_0,p_1\n0,.5,.5\n", "has no id among label, p_0, p_1"),
    "one class": ("id,label,p_0\na,0,1\n", "names 1 distinct classes for 1 columns"),
    "a gap": ("id,label,p_0,p_2\na,0,.5,.5\n", "has classes up to 2 but no 1"),
    "twice": ("id,label,p_0,p_0\na,0,.5,.5\n", "has 'p_0' twice among its columns"),
    "both": ("id,label,p_0,p_1,log_p_0\na,0,.5,.5,0\n", "has both p_ and log_p_ columns"),
    "short row": (HEAD + "a,0,.2,.8\n", "row 1 has 4 fields, expected 5 like its header"),
    "text": ("id,label,cat,note\na,cat,.5,hello\n", "row 1 has 'hello' in column note, expected a"),
    "blank": (HEAD + "a,0,,.5,.5\n", "row 1 has '' in column p_0, expected a number"),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_a_bad_file_is_named_with_its_row_and_rule(case, tmp_path):
    text, said = TEXTS[case]
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        read_told(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


NPZ = {
    "no probs": ({"ids": [1], "labels": [0]}, "has neither probs nor log_probs"),
    "float ids": ({"ids": [1.0], "labels": [0], "probs": [[0.5, 0.5]]}, "ids is float64, expected"),
    "lengths": ({"ids": [1, 2], "labels": [0], "probs": [[0.5, 0.5]]}, "has ids (2,), labels (1,)"),
    "one axis": ({"ids": [1], "labels": [0], "probs": [0.5]}, "and probabilities (1,)"),
    "no rows": (
        {"ids": [1], "labels": [0], "probs": np.empty((0, 10**12))},
        "has ids (1,), labels (1,) and probabilities (0, 1000000000000)",
    ),
    "names": (
        {"ids": [1], "labels": [0], "probs": [[0.5, 0.5]], "classes": ["a"]},
        "names 1 distinct classes for 2 columns",
    ),
}


@pytest.mark.parametrize("case", NPZ)
def test_a_bad_npz_is_named_with_its_rule(case, tmp_path):
    fields, said = NPZ[case]
    np.savez(tmp_path / "bad.npz", **fields)
    with pytest.raises(ValueError, match=re.escape(said)):
        read_told(tmp_path / "bad.npz")


def test_other_kinds_of_files_are_refused(tmp_path):
    write_npz(tmp_path / "flipped.npz", "s")
    content = bytearray((tmp_path / "flipped.npz").read_bytes())
    content[content.index(b"PK\x01\x02") + 10] ^= 64  # the way the first array is packed
    (tmp_path / "flipped.npz").write_bytes(bytes(content))
    (tmp_path / "x.npz").write_bytes(b"no archive")
    (tmp_path / "x.parquet").write_bytes(b"no archive")
    (tmp_path / "x.json").write_text("{}")
    for name, said in (
        ("x.npz", "is not an npz file"),
        ("flipped.npz", "is not an npz file"),
        ("x.parquet", "is not Parquet|needs pyarrow"),
        ("x.json", "ends in '.json', expected"),
        ("y.csv", r"cannot be read \(No such file"),
    ):
        with pytest.raises(ValueError, match=said):
            read_told(tmp_path / name)


def test_parquet_without_pyarrow_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "x.parquet").write_bytes(b"something")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"needs pyarrow, which is not installed; pip install"):
        read_told(tmp_path / "x.parquet")


def test_parquet_with_a_hole_names_its_row(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"id": [1, 2], "label": [0, 1], "p_0": [0.5, None], "p_1": [0.5, 0.5]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="row 2 has no p_0, expected a value in every row"):
        read_told(tmp_path / "x.parquet")


def test_bytes_in_ids_are_refused(tmp_path):
    path = write_npz(tmp_path / "s.npz", "s", ids=np.array([b"a"] * 6))
    with pytest.raises(ValueError, match=r"ids is \|S1, expected integers or text"):
        read_told(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id;label;p_0;p_1\na;0;0,5;0,5\n", "is separated by ';'; write commas"),
        ("id\tlabel\tp_0\tp_1\na\t0\t0.5\t0.5\n", "is separated by tabs; write commas"),
        ("a,0,0.5,0.5\nb,1,0.5,0.5\n", "has no header, its first row is a, 0, 0.5, 0.5; begin"),
        ("17,0,1,0\n18,1,1,0\n", "has no header, its first row is 17, 0, 1, 0; begin it with a"),
        ("label,0,1\n0,0.5,0.5\n", "has no id among label, 0, 1"),
    ],
)
def test_other_separators_and_a_missing_header_are_told(text, said, tmp_path):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)):
        read_told(tmp_path / "s.csv")


@pytest.mark.parametrize(
    "option",
    ["--length 8", "--text-column x", "--id-column x", "--batch 4", "--device cpu", "--download"],
)
def test_options_about_running_models_are_refused_without_one(option, tmp_path, capsys):
    files = [write_csv(tmp_path / f"{name}.csv", name) for name in "st"]
    words = ["--student", files[0], "--teacher", f"big={files[1]}", "--out", tmp_path / "out"]
    said = f"{option.split()[0]} is about models to run, and all models here are files of"
    refused(said, capsys, *words, *option.split())
    assert not (tmp_path / "out").exists()
