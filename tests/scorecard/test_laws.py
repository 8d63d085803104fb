"""What must hold whatever the numbers: order, copies, equality, reversal, and empty sets."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mtkd.predictions import Predictions
from mtkd.scorecard import Book, Figure, Version, compare
from mtkd.scorecard.names import FIGURES, LAYERS
from mtkd.scorecard.paired import Paired
from mtkd.scorecard.rows import rows
from tests.scorecard.world import LATER, STUDENT, TEACHER, World, make, said


def plain(version: Version) -> list:
    """All figures, comparable though NaN is not equal to itself."""
    return [figure.as_json() for figure in (*version.figures, *version.slices)]


def test_the_order_of_the_items_plays_no_part(first, tmp_path):
    shuffled = World(tmp_path, order=np.random.default_rng(3)).write()
    one, other = (make(folder).version for folder in (first, shuffled))
    assert plain(one) == plain(other)
    assert one.hashes == other.hashes


def test_a_student_like_its_teacher_has_all_of_its_quality(tmp_path):
    found = make(World(tmp_path, student=TEACHER).write()).version.by_name
    for name in ("quality_ratio", "gap_recovered"):
        assert (found[name].value, found[name].low, found[name].high) == (1, 1, 1)
    assert found["worst_slice_quality_ratio"].value == 1


def test_a_student_like_its_control_recovers_nothing(tmp_path):
    control = {"sure": (0, 7), "unsure": (1, 2, 3, 4, 5, 6, 8, 9)}
    found = make(World(tmp_path, student=control).write()).version.by_name
    assert found["gap_recovered"].value == 0
    assert found["quality_per_training_hour"].value == 0


def test_nothing_flips_between_equal_versions_in_any_order():
    now = said(40, STUDENT, 7)
    rows_of = np.random.default_rng(0).permutation(40)
    again = Predictions(now.ids[rows_of], now.labels[rows_of], now.log_probs[rows_of])
    values = {figure.name: figure.value for figure in compare(now, again, 0.9)}
    assert values.pop("flips_p_value") == 1
    assert set(values.values()) == {0}


def test_flips_backwards_are_the_others():
    one, other = said(40, STUDENT, 7), said(40, LATER, 7)
    there = {figure.name: figure for figure in compare(one, other, 0.9)}
    back = {figure.name: figure for figure in compare(other, one, 0.9)}
    assert there["negative_flips"].value == back["positive_flips"].value == 7 / 40
    assert there["net_change"].value == -back["net_change"].value
    assert there["flips_p_value"].value == back["flips_p_value"].value


def test_few_flips_are_marked_whatever_the_number_of_items():
    one, other = said(40, STUDENT, 7), said(40, {"sure": (0, 1, 12), "unsure": ()}, 7)
    few = {figure.name: figure.caution for figure in compare(one, other, 0.9)}
    assert few["flips_p_value"] == "3 flips: fewer than 6 cannot be significant"
    assert not few["negative_flips"]


@pytest.mark.parametrize("times", [2, 5])
def test_more_of_the_same_items_keep_the_value_and_tighten_the_interval(times):
    right = {"student": np.arange(40) % 7 > 0, "teacher": np.arange(40) % 9 > 0}
    more = {name: np.tile(values, times) for name, values in right.items()}
    one, many = (Paired(x).ratio({"student": 1}, {"teacher": 1}, "") for x in (right, more))
    assert many.metric.value == pytest.approx(one.metric.value)
    shrunk = (many.high - many.low) / (one.high - one.low)
    assert shrunk == pytest.approx(1 / math.sqrt(times), rel=0.15)


def test_no_items_have_no_ratio():
    nothing = np.zeros(0, dtype=np.bool_)
    found = Paired({"one": nothing}).ratio({"one": 1}, None, "")
    assert (math.isnan(found.metric.value), found.metric.n) == (True, 0)
    useless = Paired({"one": ~np.zeros(30, np.bool_), "other": np.zeros(30, np.bool_)})
    assert math.isnan(useless.ratio({"one": 1}, {"other": 1}, "").metric.value)


@pytest.fixture
def versions(book):
    return Book.read(book).versions


class TestEveryEntry:
    def test_has_every_figure_once_in_the_order_of_the_page(self, versions):
        for version in versions:
            assert [figure.name for figure in version.figures] == list(FIGURES)
            assert [figure.kind.layer for figure in version.figures] == sorted(
                (kind.layer for kind in FIGURES.values()), key=LAYERS.index
            )

    def test_gives_every_number_its_n_and_its_convention(self, versions):
        for row in rows(versions):
            assert row.convention
            assert row.n > 0 or math.isnan(row.value)
            assert math.isnan(row.low) or row.low <= row.value <= row.high

    def test_marks_every_small_sample(self, versions):
        for version in versions:
            for figure in (*version.figures, *version.slices):
                assert bool(figure.caution) or not (figure.kind.sampled and 0 < figure.n < 20)

    def test_knows_its_four_parts_by_content(self, versions):
        one, other = (version.hashes for version in versions)
        assert one["student"] != other["student"]
        for part in ("teacher", "dataset", "rubric", "training data"):
            assert one[part] == other[part]

    def test_comes_back_from_its_file_as_it_was(self, versions, tmp_path):
        for version in versions:
            version.save(tmp_path / "v.json")
            back = Version.read(tmp_path / "v.json")
            assert plain(back) == plain(version)
            empty = {"figures": (), "slices": ()}
            assert replace(back, **empty) == replace(version, **empty)

    def test_is_plain_json_without_nan(self, book):
        assert "NaN" not in (book / "v1.json").read_text()


def test_a_teacher_with_a_temperature_is_another_teacher(first, tmp_path):
    for name, scale in (("hot", 2.0), ("same", 1.0)):
        big = World(tmp_path / name).write() / "teachers/big"
        (big / "result.json").write_text('{"identity": "0123456789abcdef"}')
        text = f"name: big\nteachers: {{big: {{model: {{}}, temperature: {scale}}}}}\n"
        (big / "config.yaml").write_text(text)
    hot, same = (make(tmp_path / name).version.hashes["teacher"] for name in ("hot", "same"))
    assert (same, hot) == ("0123456789abcdef", "0123456789abcdef/T=2")


def test_a_figure_is_what_it_says():
    assert Figure("class 3", 0.5, 0.4, 0.6, 30, "x").kind.unit == "ratio"
    assert not Figure("accuracy", math.nan, math.nan, math.nan, 0, "x").known
