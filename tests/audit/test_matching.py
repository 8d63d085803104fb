"""Models are matched by id and by class name, and told where they do not fit together."""

import numpy as np
import pytest

from mtkd.audit import matched, read_told
from mtkd.audit.matching import number_ids
from tests.audit.files import ANIMALS, IDS, PROBS, audit, write_csv


def four_classes(path):
    rows = [f"{i},0,{','.join(map(str, p))},0" for i, p in zip(IDS, PROBS["s"], strict=True)]
    path.write_text("\n".join(["id,label,p_0,p_1,p_2,p_3", *rows]))


STUDENTS = {
    "few.csv lacks 2 of the 6 ids of": ("few", {"rows": (0, 1, 3, 5)}),
    "t.csv, the first is 'c' in row 3; give": ("few", {"rows": (0, 1, 3, 5)}),
    "t.csv lacks 1 of the 6 ids": ("ids", {"ids": ("z", *IDS[1:])}),
    "s.csv, the first is 'z' in row 1; give": ("s", {"ids": ("z", *IDS[1:])}),
    "t.csv row 6 labels the id f 2, ": ("s", {"labels": (0, 1, 2, 0, 1, 1)}),
    "s.csv row 1 labels it 1; an item has": (
        "s",
        {"rows": (5, 4, 3, 2, 1, 0), "labels": (0, 1, 2, 0, 1, 1)},
    ),
    "the first lacks cat, dog, eel; compare": ("names", {"classes": ANIMALS}),
    "row 2 (id b) has the label -1 among the items of clean": (
        "s",
        {"labels": (0, -1, 2, 0, 1, 2)},
    ),
}


@pytest.mark.parametrize("said", STUDENTS)
def test_models_that_do_not_fit_together_are_told_so(said, tmp_path, capsys):
    name, changes = STUDENTS[said]
    student = write_csv(tmp_path / f"{name}.csv", "s", **changes)
    refused(student, said, tmp_path, capsys)


def test_another_number_of_classes_is_refused(tmp_path, capsys):
    four_classes(tmp_path / "four.csv")
    refused(tmp_path / "four.csv", "four.csv 4: the first lacks 3; compare", tmp_path, capsys)


def refused(student, said, folder, capsys):
    """Exit status 2, that sentence on one line, and nothing written."""
    teacher = write_csv(folder / "t.csv", "t")
    assert audit("--student", student, "--teacher", f"t={teacher}", "--out", folder / "run") == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.startswith("mtkd: ")
    assert printed.count("\n") == 1
    assert not (folder / "run").exists()


def test_rows_in_any_order_become_the_same_arrays(tmp_path):
    straight = read_told(write_csv(tmp_path / "a.csv", "t"))
    other = read_told(
        write_csv(tmp_path / "b.csv", "t", (5, 3, 1, 0, 2, 4), classes=("2", "0", "1"))
    )
    found = matched({"a": straight, "b": other})
    for field in ("ids", "labels", "log_probs"):
        np.testing.assert_array_equal(getattr(found["a"], field), getattr(found["b"], field))
    order = np.argsort(number_ids(np.array(IDS)))
    np.testing.assert_allclose(found["b"].probs, np.array(PROBS["t"])[order])
    assert found["b"].labels.tolist() == np.array([0, 1, 2, 0, 1, 2])[order].tolist()


def test_integer_ids_stay_and_others_become_a_stable_hash():
    assert number_ids(np.array(["7", "-3"])).tolist() == [7, -3]
    mixed = number_ids(np.array(["7", "007"]))
    assert mixed[0] != 7
    assert mixed.tolist() == number_ids(np.array(["7", "007"])).tolist()
    assert number_ids(np.array(["a"])).tolist() == [3405396810240292928]
    assert len(set(number_ids(np.array([*IDS, str(2**64 - 1)])).tolist())) == 7


def test_two_ids_with_one_hash_are_refused(monkeypatch):
    monkeypatch.setattr("mtkd.audit.matching.hashed", lambda text: b"12345678")
    with pytest.raises(ValueError, match="ids 'x' and 'y' have the same 64-bit hash"):
        number_ids(np.array(["x", "y"]))
