"""Splits that are no place, and JSON that Python itself refuses: one sentence each."""

import sys

import pytest

from mtkd.text import Instructions, LabelledTexts, TextData
from mtkd.text.records import read_records
from tests.text.made import lines

LONG = "1" * (sys.get_int_max_str_digits() + 1)
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("form", [TextData, LabelledTexts])
@pytest.mark.parametrize("place", [0.1, None, True, False, [0.5], {"path": "x"}, ["x", 3]])
def test_a_split_that_is_no_place(form, place, tmp_path, tokens):
    file = lines(tmp_path / "a.jsonl", [{"text": f"x {n}", "label": "a"} for n in range(9)])
    words = r"splits\.validation must be a path, a list of paths, .* a whole number of records"
    with pytest.raises(ValueError, match=words) as caught:
        form(tokens, {"train": file, "validation": place, "test": file})
    assert str(caught.value).endswith(f"got {place!r}")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", f'{{"text": "x"}}\n{{"text": {LONG}}}\n', "line 2 holds a number that is too"),
        ("a.json", f'[{{"text": {LONG}}}]', r"a\.json holds a number that is too long \(Exceeds"),
        ("a.jsonl", f'{{"text": "x"}}\n{{"text": {DEEP}}}\n', "line 2 is nested too deep"),
        ("a.json", f'[{{"text": {DEEP}}}]', r"a\.json is nested too deep to be read; expected \["),
        ("a.json", '[{"text": "x"},\n {"text"}]', r"is no JSON list \(.*, line 2, character 9\)"),
    ],
)
def test_json_that_python_refuses(name, content, words, tmp_path):
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(ValueError, match=words) as caught:
        read_records(file, ["text"])
    assert str(file) in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_long_number_beside_the_text_is_told_in_a_study_too(tmp_path, tokens):
    file = tmp_path / "a.jsonl"
    file.write_text(f'{{"prompt": "a", "response": "b", "n": {LONG}}}\n')
    splits = dict.fromkeys(("train", "validation", "test"), str(file))
    with pytest.raises(ValueError, match=r"a\.jsonl, line 1 holds a number that is too long"):
        TextData(tokens, splits, form=Instructions())
