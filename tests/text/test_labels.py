"""Classes are compared as text, and labels that cannot be meant are refused."""

import pytest

from tests.text.made import saved, word_piece
from tests.text.test_labelled import made


def records(*labels):
    return [{"text": f"the cat {n}", "label": label} for n, label in enumerate(labels)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("labels", "nothing", "names", "numbers"),
    [
        ([-1, 0, 1], "-1", ["0", "1"], [-1, 0, 1]),
        (["-1", "0", 1], "-1", ["0", "1"], [-1, 0, 1]),
        ([1, "1", 0, "0"], None, ["0", "1"], [1, 1, 0, 0]),
        ([10, -2, 9], None, ["-2", "9", "10"], [2, 0, 1]),
        (["1", "01", "2"], None, ["01", "1", "2"], [1, 0, 2]),
        ([True, False], None, ["False", "True"], [1, 0]),
        (["b", "", "a"], "", ["a", "b"], [1, -1, 0]),
    ],
)
def test_labels_of_any_type_are_compared_as_text(labels, nothing, names, numbers, tmp_path, tokens):
    data = made(tmp_path, tokens, records(*labels), nothing=nothing)
    assert data.names == names
    assert data.classes == len(names)
    assert data.train.labels.tolist() == numbers


@pytest.mark.filterwarnings("ignore")
def test_names_that_are_given_are_compared_as_text_too(tmp_path, tokens):
    data = made(tmp_path, tokens, records(2, "1", 2), names=[2, "1"])
    assert data.names == ["2", "1"]
    assert data.train.labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("labels", "options", "words"),
    [
        (["a", ["a", "b"]], {}, r"a\.jsonl, line 2: label is a list, expected the name or number"),
        ([{"a": 1}], {}, r"a\.jsonl, line 1: label is a dict"),
        (["a", None], {}, r"a\.jsonl, line 2 has no label, expected the name or number of a class"),
        (["a", float("nan")], {}, r"a\.jsonl, line 2 has no label"),
        (["a", "a"], {"nothing": "a"}, "every label of train is 'a', which stands for no class"),
        (["a"], {"names": ["a", "b", "a"]}, "names has 'a' 2 times; give every class one name"),
        ([1], {"names": [1, "1"]}, "names has '1' 2 times"),
        (["a"], {"names": []}, "names is empty; leave it out"),
        (["a", "c"], {"names": ["a", "b"]}, r"a\.jsonl, line 2: unknown class 'c'"),
    ],
)
def test_labels_that_cannot_be_meant(labels, options, words, tmp_path, tokens):
    with pytest.raises(ValueError, match=words):
        made(tmp_path, tokens, records(*labels), **options)


@pytest.mark.parametrize(
    ("length", "pair", "least"), [(0, None, 3), (-5, None, 3), (2, None, 3), (3, "label", 4)]
)
def test_rows_without_room_for_a_text(length, pair, least, tmp_path):
    tokens = saved(tmp_path, word_piece(), end=False)
    words = rf"length must be at least {least}, since the tokenizer adds {least - 1} special .*got"
    with pytest.raises(ValueError, match=words):
        made(tmp_path, tokens, records("a", "b"), length=length, pair=pair)


@pytest.mark.filterwarnings("ignore")
def test_the_shortest_rows_hold_one_token_of_a_text(tmp_path):
    tokens = saved(tmp_path, word_piece(), end=False)
    data = made(tmp_path, tokens, records("a", "b"), length=3)
    assert data.train.inputs.tolist() == [[2, tokens.plain.token_to_id("the"), 3]] * 2
