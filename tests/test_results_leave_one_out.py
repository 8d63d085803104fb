"""Attribution by retraining: what a run folder with the control `leave_one_out` says."""

import json
import math
import re

import pytest

import mtkd.metrics as m
from mtkd.report.attribution import removal_table
from mtkd.report.reading import shown
from mtkd.results import Group, removals, score_study
from tests.report.synthetic import NOTHING, Synthetic
from tests.test_results_secondary import ceir, read

WHOLE, WITHOUT = ("planted", "clean"), {"planted": ("clean",), "clean": ("planted",)}


def with_removals(folder, edit=lambda study: None):
    """A run whose grid has the committee and both of its parts: nothing more is trained."""
    study = json.loads((folder / "study.json").read_text())
    cells = [trial for trial in study["trials"] if trial["role"] == "cell"]
    study["trials"] += [trial | {"role": "control", "control": "leave_one_out"} for trial in cells]
    claim = {"claim": "planted gets the credit", "statistic": "leave_one_out", "domain": "clean"}
    about = {"teacher": "planted", "control": "leave_one_out", "between": [0.0, 1.0]}
    study["expectations"] = [claim | about]
    edit(study)
    (folder / "study.json").write_text(json.dumps(study))
    return score_study(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    # Alone it repeats nearly all mistakes; with `clean` beside it, those at the upper end.
    repeats = {("planted",): 0.88, WHOLE: 0.83, ("clean",): 0.0}
    made = Synthetic(tmp_path_factory.mktemp("run"), seeds=3, domains=CLEAN, repeats=repeats)
    return made.write()


CLEAN = ({"name": "clean", "kind": "clean", "shift": None, "severity": None},)


@pytest.fixture(scope="module")
def results(folder):
    return with_removals(folder)


def student(committee, seed):
    return f"trials/forward_kl-uniform-{'+'.join(committee)}-{seed}"


@pytest.mark.parametrize(
    ("gone", "measured", "statistic"),
    [
        ("planted", "planted", "leave_one_out"),
        ("clean", "planted", "leave_one_out_of_clean"),
        ("planted", "placebo", "leave_one_out_of_planted"),
    ],
)
def test_delta_is_ceir_of_all_minus_ceir_without(folder, results, gone, measured, statistic):
    teacher = read(folder, f"teachers/{measured}-0123456789")
    deltas = [
        ceir(teacher, read(folder, student(WHOLE, seed)), 0.9, 0.9)
        - ceir(teacher, read(folder, student(WITHOUT[gone], seed)), 0.9, 0.9)
        for seed in range(3)
    ]
    whole = next(group for group in results.groups if group.label == "whole committee")
    found = results.estimate(whole, measured, "clean", statistic)
    assert found.per_seed == pytest.approx(deltas)
    for trial, delta in zip(whole.trials, deltas, strict=True):
        metric = f"inheritance/{measured}/{statistic}"
        assert results.value(trial.id, "student", "clean", metric) == pytest.approx(delta)
    n = (teacher.wrong & (teacher.confidence >= 0.9)).sum()
    assert found.n == n
    assert found.underpowered == (n < 20)
    if measured == "planted":
        assert found.low <= found.value <= found.high
        assert (found.value > 0.1) == (gone == "planted")
        assert (found.value < -0.1) == (gone == "clean")


def test_the_interval_is_the_crossed_bootstrap_of_the_paired_difference(folder, results):
    planted = read(folder, "teachers/planted-0123456789")
    runs = [
        m.removal_effect_items(
            m.Pair(planted, read(folder, student(WHOLE, seed))),
            m.Pair(planted, read(folder, student(("clean",), seed))),
        )
        for seed in range(3)
    ]
    expected = m.crossed_interval(runs)
    whole = next(group for group in results.groups if group.label == "whole committee")
    found = results.estimate(whole, "planted", "clean", "leave_one_out")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.p == expected.p_value.value
    assert found.p_holm >= found.p


def test_groups_say_who_is_gone_and_stay_out_of_the_other_tables(results):
    groups = [group for group in results.groups if group.control == "leave_one_out"]
    labels = {group.committee: group.label for group in groups}
    assert labels == {
        WHOLE: "whole committee",
        ("clean",): "without planted",
        ("planted",): "without clean",
    }
    assert not any(group in shown(results) for group in groups)
    about = {key.statistic for key in results.estimates for g in groups if key.group == g.tag}
    assert all(name.startswith("leave_one_out") for name in about)


def test_a_known_answer_can_be_about_a_removal(results):
    (verdict,) = results.verdicts
    assert verdict.met
    assert verdict.value > 0.1


def test_the_table_has_a_line_for_each_teacher(results):
    table = removal_table(results)
    by_head = {
        line.head: {
            title: cell.text for (title, _), cell in zip(table.columns, line.cells, strict=True)
        }
        for line in table.lines
    }
    assert set(by_head) == {"without planted", "without clean"}
    planted, clean = by_head["without planted"], by_head["without clean"]
    assert re.fullmatch(r"\+0\.\d{3}\*?", planted["Δ"])
    assert planted["Δ on planted"] == ""
    assert clean["Δ on planted"].startswith("\N{MINUS SIGN}0.")
    assert float(planted["CEIR all"]) - float(planted["CEIR without"]) == pytest.approx(
        float(planted["Δ"].strip("+*")), abs=0.0011
    )
    assert float(planted["by mass"]) > float(clean["by mass"])


def test_seeds_that_one_side_lacks_are_left_out_and_named(folder, tmp_path):
    def edit(study):
        for trial in study["trials"]:
            if trial["control"] == "leave_one_out" and trial["committee"] == ["clean"]:
                trial["state"] = "pending" if trial["seed"] == 1 else trial["state"]

    text = (folder / "study.json").read_text()
    study = json.loads(text)
    study["trials"] = [t for t in study["trials"] if t["control"] != "leave_one_out"]
    try:
        (folder / "study.json").write_text(json.dumps(study))
        found = with_removals(folder, edit)
    finally:
        (folder / "study.json").write_text(text)
    whole = next(group for group in found.groups if group.label == "whole committee")
    assert found.estimate(whole, "planted", "clean", "leave_one_out").seeds == 2
    assert found.estimate(whole, "planted", "clean", "leave_one_out_of_clean").seeds == 3
    assert [problem.what for problem in found.problems] == ["it has not run yet"]


def group(committee, **axes):
    cell = NOTHING | {"committee": "+".join(committee)} | axes
    return Group("K", "", "", "control", "leave_one_out", cell, committee, (), ())


def test_students_are_compared_with_their_own_whole_committee():
    groups = [
        group(("a", "b"), student="small", weighting="entropy"),
        group(("a", "b"), student="large", weighting="entropy"),
        group(("b",), student="small", weighting="uniform"),
        group(("a",), student="large", weighting="uniform"),
    ]
    found = [
        (whole.cell["student"], gone, w.cell["student"]) for whole, gone, w in removals(groups)
    ]
    assert found == [("small", "a", "small"), ("large", "b", "large")]
    assert list(removals(groups[2:])) == []


def test_two_teachers_gone_at_once_are_nobodys_removal():
    groups = [group(("a", "b", "c")), group(("a", "b")), group(("a",))]
    assert [gone for _, gone, _ in removals(groups)] == ["c"]


def test_without_the_control_there_is_no_table(tmp_path):
    found = score_study(Synthetic(tmp_path, seeds=1, items=40, domains=CLEAN).write())
    assert removal_table(found) is None
    assert not any("leave_one_out" in key.statistic for key in found.estimates)
    assert math.isnan(found.value("labels_only-0", "student", "clean", "leave_one_out"))
