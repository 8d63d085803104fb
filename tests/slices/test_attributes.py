"""Columns of metadata as slices: by value, by quarters, by length, and what is empty."""

import numpy as np
import pytest

from mtkd.slices.attributes import by_quantile, of_column


def sizes(attribute):
    return {value: int(attribute.members(value).sum()) for value in attribute.values}


def test_texts_and_few_whole_numbers_are_sliced_by_value():
    texts = of_column("side", np.array(["left", "", "left", "right"]))
    assert sizes(texts) == {"side = (empty)": 1, "side = left": 2, "side = right": 1}
    assert sizes(of_column("age", np.array([3, 1, 3, 3]))) == {"age = 1": 1, "age = 3": 3}


def test_numbers_are_cut_into_quarters_that_keep_equal_numbers_together():
    found = of_column("tokens", np.arange(1, 21).astype(str))
    expected = {f"tokens {low} to {low + 4}": 5 for low in (1, 6, 11, 16)}
    assert sizes(found) == expected
    tied = by_quantile("x", "metadata", np.array([0.0] * 9 + [1.0]), (0.25, 0.5, 0.75))
    assert sizes(tied) == {"x = 0": 9, "x = 1": 1}


def test_missing_numbers_are_a_slice_of_their_own():
    column = np.array([*map(str, range(16)), "", ""])
    assert sizes(of_column("tokens", column))["tokens = (empty)"] == 2
    floats = np.array([0.5, np.nan, 1.5, 2.5])
    assert sizes(of_column("score", floats))["score = (empty)"] == 1


def test_long_texts_are_sliced_by_their_length():
    found = of_column("query", np.array(["x" * length for length in range(1, 41)]))
    assert found.kind == "length"
    assert sizes(found)["length of query 1 to 10"] == 10


@pytest.mark.parametrize("column", [["1", "nan"], ["1", "inf"], ["1", "two"], ["", ""]])
def test_what_is_no_finite_number_stays_a_text(column):
    assert of_column("x", np.array(column)).kind == "metadata"
    assert all("to" not in value for value in of_column("x", np.array(column)).values)
