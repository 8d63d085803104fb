"""The sentences follow the numbers: what was planted is said, what was not is not."""

import math
import re
from dataclasses import replace

import pytest

from mtkd.report.answer import answer
from mtkd.report.cells import cell_table
from mtkd.report.effects import effects
from mtkd.report.forest import Scale, forest
from mtkd.report.heard import heard
from mtkd.results import Estimate, Key, Row, score_study
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


def test_the_forest_is_sorted_within_committees_and_places_zero(results):
    plot = forest(results)
    names = [block["name"] for block in plot["blocks"]]
    assert names[0] == "taught by planted"
    assert names[-1] == "controls"
    scale = Scale(-0.5, 1.5)
    assert scale.at(0) == 25
    assert [tick["text"] for tick in scale.ticks()] == ["−0.5", "0.0", "0.5", "1.0", "1.5"]  # noqa: RUF001


def with_estimates(results, cell="C1", **changes):
    """The results with some estimates of a cell replaced, by teacher and statistic."""
    estimates = dict(results.estimates)
    for name, (low, high) in changes.items():
        teacher, _, statistic = name.partition("__")
        estimates[Key(cell, "student", teacher, "clean", statistic)] = estimate(low, high)
    return replace(results, estimates=estimates)


def test_an_excess_that_the_placebo_shares_is_called_coincidence(results):
    assert results.estimate(results.groups[0], "placebo", "clean", "excess_ceir") is not None
    changed = with_estimates(
        results,
        planted__dd_ceir=(-0.05, 0.05),
        planted__excess_ceir=(0.1, 0.3),
        placebo__excess_ceir=(0.15, 0.25),
    )
    said = " ".join(plain(answer(changed)[1]))
    assert "alone would have accused planted (+0.20 against +0.20)" in said
    assert "accused" not in " ".join(plain(answer(results)[1]))


def test_an_excess_that_the_placebo_does_not_surely_share_is_no_coincidence(results):
    free = {"planted__dd_ceir": (-0.05, 0.05), "planted__excess_ceir": (0.1, 0.3)}
    changed = with_estimates(results, **free, placebo__excess_ceir=(-0.1, 0.5))
    assert "accused" not in " ".join(plain(answer(changed)[1]))


def test_less_confidence_is_said_only_where_no_confident_mistake_is_repeated(results):
    moved = "wrong label of planted in planted+clean"
    for span, doubt in (((-0.05, 0.05), True), ((-0.1, 0.4), False), ((math.nan, math.nan), False)):
        changed = with_estimates(results, "C2", planted__dd_ceir=span)
        (said,) = [one for one in plain(answer(changed)[1]) if moved in one]
        assert said.endswith("(transferred wrong mass): less confidence, not less error.") is doubt
        assert said.endswith("(transferred wrong mass).") is not doubt


def test_less_confidence_is_not_said_where_the_control_doubts_as_much(results):
    changed = replace(results, rows=[], _values=dict(results._values))
    fate = "inheritance/planted/fate_inherited_unsure"
    for trial in results.control("labels_only").trials:
        changed.add([Row(trial.id, "student", "clean", fate, 1.0, 5, "")])
    said = " ".join(plain(answer(changed)[1]))
    assert "Quietly, probability still moves" in said
    assert "less confidence" not in said


def test_an_open_cell_is_called_open(results):
    finding = plain([answer(with_estimates(results, planted__dd_ceir=(-0.1, 0.4)))[0]])[0]
    assert finding.startswith(
        "None of 3 cells surely repeats the confident mistakes of planted; 2 do"
    )
    assert finding.endswith("; 1 stays open: planted.")


def test_a_known_answer_about_a_difference_subtracts(swapped):
    values = {g.label: swapped.estimate(g, "planted", "clean", "dd_ceir") for g in swapped.groups}
    assert values["planted+clean"].value > 0.5
    expected = values["planted"].value - values["planted+clean"].value
    assert swapped.verdicts[2].value == pytest.approx(expected)


def test_means_leave_out_seeds_without_a_number_and_counts_do_not(results):
    group = results.groups[0]
    changed = replace(results, rows=[], _values={})
    for trial, value, n in zip(group.trials, (math.nan, 2.0), (0, 5), strict=True):
        changed.add([Row(trial.id, "student", "clean", "x", value, n, "")])
    assert changed.mean(group, "student", "clean", "x") == 2
    assert changed.mean_count(group, "student", "clean", "x") == 1
    assert math.isnan(changed.mean(group, "student", "clean", "y"))
    assert math.isnan(changed.mean_count(group, "student", "clean", "y"))


def test_a_cell_that_surely_inherits_from_another_teacher_is_named(results):
    assert "another teacher" not in " ".join(plain(answer(results)[1]))
    said = plain(answer(with_estimates(results, "C3", clean__dd_ceir=(0.2, 0.4)))[1])
    assert (
        "Confident mistakes of another teacher are measurably inherited, too (DD-CEIR): of clean "
        "in clean (+0.30 [+0.20, +0.40])."
    ) in said
    open_ = with_estimates(results, "C3", clean__dd_ceir=(-0.2, 0.4))
    assert "another teacher" not in " ".join(plain(answer(open_)[1]))


def test_rows_with_fewer_seeds_are_marked(results):
    def marks(results):
        rows = [row for block in forest(results)["blocks"] for row in block["rows"]]
        found = {row["tag"]: row["mark"] for row in rows}
        return found, {line.tag: line.mark for line in cell_table(results).lines}

    full = results.groups
    assert "seed" not in str(marks(results))
    fewer = [replace(full[0], trials=full[0].trials[:1]), *full[1:]]
    in_forest, in_table = marks(replace(results, groups=fewer))
    assert "1 seed" in in_forest["C1"]
    assert "1 seed" in in_table["C1"]
    assert not any("seed" in mark for tag, mark in in_table.items() if tag != "C1")


def test_where_a_teacher_speaks_and_what_it_names_is_said(tmp_path):
    folder = Synthetic(tmp_path, seeds=1, items=60).write()
    results = score_study(folder)
    assert heard(results) == []
    first, second, _ = results.study.teachers
    (first.folder / "result.json").write_text('{"spoke": 0.814, "named": 5, "named_mass": 0.9712}')
    (second.folder / "result.json").write_text('{"spoke": 1.0, "parameters": 5}')
    assert plain(heard(results)) == [
        "planted speaks at 81.4 % of the training positions; it names 5 classes with 0.971 of the "
        "mass on average."
    ]
    (first.folder / "result.json").write_text("no json")
    assert heard(results) == []
