"""The sentences follow the numbers: what was planted is said, what was not is not."""

import re

import pytest

from mtkd.report.answer import answer
from mtkd.report.effects import effects
from mtkd.report.forest import Scale, forest
from mtkd.report.numbers import count, fixed, interval, probability, share
from mtkd.report.phrases import breakable, listing, strong
from mtkd.report.reading import MARGIN, Reading, read
from mtkd.results import Estimate, score_study
from tests.report.synthetic import Synthetic


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return score_study(Synthetic(tmp_path_factory.mktemp("run")).write())


@pytest.fixture(scope="module")
def swapped(tmp_path_factory):
    """The same study, but it is the committee that repeats the mistakes."""
    made = Synthetic(tmp_path_factory.mktemp("swapped"), repeats={("planted", "clean"): 0.88})
    return score_study(made.write())


def plain(sentences):
    return [re.sub(r"<[^>]+>", "", str(sentence)) for sentence in sentences]


def test_the_planted_cell_is_named_and_the_others_are_acquitted(results):
    finding, _ = answer(results)
    assert plain([finding]) == [
        "1 of 3 cells repeats the confident mistakes of planted: planted; "
        "2 do not (the interval ends below 0.1): planted+clean and clean."
    ]


def test_another_truth_gives_another_answer(swapped):
    finding, _ = answer(swapped)
    assert plain([finding])[0].startswith(
        "1 of 3 cells repeats the confident mistakes of planted: planted+clean; 2 do not"
    )


def test_each_sentence_carries_the_number_it_is_about(results):
    said = " ".join(plain(answer(results)[1]))
    group = results.groups[0]
    estimate = results.estimate(group, "planted", "clean", "dd_ceir")
    assert f"Most in planted: DD-CEIR +{estimate.value:.2f} [+{estimate.low:.2f}" in said
    ceir = results.mean(group, "student", "clean", "inheritance/planted/ceir")
    assert f"with confidence on {100 * ceir:.0f} %, its labels-only control on 0 %" in said
    assert "Least among the students that planted taught: planted+clean" in said
    assert "2 students that planted never taught lie at most 0.00 away from 0" in said
    assert "wrong label of planted in planted+clean (+0.4" in said
    assert "2 of 3 known answers met; not: “a second teacher lowers it by 1.2" in said


def test_what_moves_the_endpoint_is_measured_on_matched_cells(results):
    (effect,) = effects(results)
    values = {g.label: results.estimate(g, "planted", "clean", "dd_ceir") for g in results.groups}
    assert (effect.axis, effect.before, effect.pairs) == ("committee", "planted", 1)
    assert effect.change == pytest.approx(values[effect.after].value - values["planted"].value)


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


def test_the_forest_is_sorted_within_committees_and_places_zero(results):
    plot = forest(results)
    names = [block["name"] for block in plot["blocks"]]
    assert names[0] == "taught by planted"
    assert names[-1] == "controls"
    scale = Scale(-0.5, 1.5)
    assert scale.at(0) == 25
    assert [tick["text"] for tick in scale.ticks()] == ["−0.5", "0.0", "0.5", "1.0", "1.5"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (fixed(0.12345), "0.123"),
        (fixed(-0.5, 2, True), "−0.50"),  # noqa: RUF001
        (fixed(0.5, 2, True), "+0.50"),
        (fixed(-0.001, 2, True), "0.00"),
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
