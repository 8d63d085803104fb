"""Cells of secondary statistics: what their marks mean."""

import math
from dataclasses import replace

import pytest

from mtkd.report.marked import marked
from mtkd.results import Estimate

PLAIN = Estimate(0.25, -0.1, 0.6, 0.25, 0.5, 40.0, 3, False)


@pytest.mark.parametrize(
    ("changes", "text", "mark"),
    [
        ({}, "+0.25", ""),
        ({"low": 0.1}, "+0.25*", ""),
        ({"value": -0.25, "high": -0.1}, "\N{MINUS SIGN}0.25*", ""),
        ({"p_holm": 0.04}, "+0.25†", ""),
        ({"low": 0.1, "p_holm": 0.04}, "+0.25*†", ""),
        ({"low": math.nan, "high": math.nan, "p_holm": math.nan}, "+0.25", ""),
        ({"n": 7.0, "underpowered": True}, "+0.25", "n = 7"),
        ({"underpowered": True}, "+0.25", "few"),
    ],
)
def test_marks_say_what_the_interval_the_family_and_n_allow(changes, text, mark):
    cell = marked(replace(PLAIN, **changes))
    assert (cell.text, cell.mark) == (text, mark)


def test_pointing_at_a_cell_tells_the_rest():
    note = marked(replace(PLAIN, method="t over seeds")).note
    assert note == ("[\N{MINUS SIGN}0.10, +0.60] (t over seeds), n = 40, p = 0.250, Holm 0.500")
    assert marked(None).text == "\N{EN DASH}"
