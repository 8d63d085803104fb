"""Words, numbers and small drawings, each by hand."""

import numpy as np
import pytest

from mtkd.metrics import equal_width_bins
from mtkd.report.canvas import figure
from mtkd.report.numbers import count, fixed, interval, probability, share
from mtkd.report.panels import bars
from mtkd.report.phrases import breakable, listing, strong
from mtkd.report.reading import MARGIN, Reading, read
from mtkd.report.sets import describe, telling_axis
from mtkd.report.tags import write_tags
from mtkd.results import Estimate, Group


def estimate(low, high):
    return Estimate((low + high) / 2, low, high, 0.03, 0.5, 40, 6, False)


@pytest.mark.parametrize(
    ("low", "high", "reading"),
    [
        (0.01, 0.3, Reading.INHERITS),
        (0.0, 0.3, Reading.OPEN),
        (-0.2, MARGIN, Reading.OPEN),
        (-0.2, 0.09, Reading.FREE),
        (-0.3, -0.1, Reading.FREE),
        (float("nan"), float("nan"), Reading.OPEN),
    ],
)
def test_an_interval_is_read_by_its_ends(low, high, reading):
    assert read(estimate(low, high)) is reading


def test_no_estimate_reads_as_open():
    assert read(None) is Reading.OPEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (fixed(0.12345), "0.123"),
        (fixed(-0.5, 2, True), "−0.50"),  # noqa: RUF001
        (fixed(0.5, 2, True), "+0.50"),
        (fixed(-0.001, 2, True), "−0.00"),  # noqa: RUF001
        (fixed(-0.001, 2), "0.00"),
        (fixed(1e-17, 2, True), "0.00"),
        (fixed(float("nan")), "–"),  # noqa: RUF001
        (fixed(float("inf")), "∞"),
        (interval(0.1, 0.25), "[+0.10, +0.25]"),
        (interval(float("nan"), 1), ""),
        (probability(0.03125), "0.031"),
        (probability(1e-5), "< 0.001"),
        (share(0.594), "59 %"),
        (count(1, "cell"), "1 cell"),
        (count(0, "cell"), "0 cells"),
        (listing(["a"]), "a"),
        (listing(["a", "b", "c"]), "a, b and c"),
        (listing(list("abcdef"), 2), "a, b and 4 more"),
        (listing([strong("<a>"), "b"]), "<b>&lt;a&gt;</b> and b"),
        (breakable("a_b<c"), "a_<wbr>b&lt;c"),
    ],
)
def test_words_and_numbers(text, expected):
    assert str(text) == expected


def test_a_reliability_panel_draws_accuracy_and_the_gap_to_confidence():
    sure, right = np.array([0.9, 0.9, 0.9, 0.9, 0.3]), np.array([True, True, True, False, True])
    low, high = bars(equal_width_bins(sure, right, 5))
    assert (high["kind"], high["y"], high["top"], high["height"]) == ("over", 29.0, 14.0, 15.0)
    assert (low["kind"], low["y"], low["top"], low["height"]) == ("under", 4.0, 4.0, 70.0)
    assert (high["x"], high["width"], low["mass"], high["mass"]) == (94.0, 20.0, 3.0, 12.0)


def cell(committee, loss):
    labels = {"loss": loss, "weighting": "uniform", "committee": committee}
    name = f"{loss} · {committee}"
    return Group(name, name, loss, "cell", None, labels, (committee,), (), ())


def test_many_cells_are_counted_along_the_axis_that_tells_them_apart():
    cells = [cell(committee, loss) for committee in "ab" for loss in "uvwxy"]
    values = {each.tag: 0.1 * place for place, each in enumerate(cells)}
    chosen = [*cells[1:5], cells[5]]
    axis = telling_axis(chosen, cells)
    said = describe(chosen, cells, axis, lambda group: values[group.tag])
    assert str(said) == (
        "4 of 5 with committee <b>a</b> (+0.10 to +0.40) and 1 of 5 with <b>b</b> (+0.50)"
    )


def test_few_cells_are_named():
    cells = [cell("a", loss) for loss in "uvwxy"]
    said = describe(cells[:2], cells, "loss", lambda group: 0.0)
    assert str(said) == "<b>u · a</b> and <b>v · a</b>"


def test_tags_are_written_where_there_is_room_and_nowhere_else():
    alone, first, second = (
        (cell("a", loss), x, x) for loss, x in zip("uvw", (0.1, 0.9, 0.9), strict=False)
    )
    with figure(4, 3) as (_, axes):
        axes.plot((0, 1), (0, 1))
        write_tags(axes, [alone, first, second] + [first] * 20)
        written = [text.get_text() for text in axes.texts]
    assert written[0] == "u · a"
    assert 1 < len(written) < 8
