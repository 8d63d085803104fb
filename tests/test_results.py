"""Scoring a run folder: values by hand, groups, intervals, known answers."""

import csv
import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from mtkd.predictions import Predictions
from mtkd.results import plain_metrics, score_study, write_tables
from tests.report.synthetic import Synthetic

TAU = 0.9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Synthetic(tmp_path_factory.mktemp("run")).write()


@pytest.fixture(scope="module")
def results(folder):
    return score_study(folder)


def read(folder, name, domain="clean"):
    return Predictions.load(folder / name / "predictions" / f"{domain}.npz")


def trial(name, seed):
    return f"trials/{name}-{seed}"


CELL = "forward_kl-uniform-planted"


def hand_ceir(teacher, model, labels):
    """Share of a teacher's confident errors that a model repeats with confidence, by loops."""
    repeated = total = 0
    for t, s, y in zip(teacher.probs, model.probs, labels, strict=True):
        if t.argmax() != y and t.max() >= TAU:
            total += 1
            repeated += bool(s.argmax() == t.argmax() and s.max() >= TAU)
    return repeated / total, total


def hand_mass(teacher, student, control, labels):
    moved = [
        s[t.argmax()] - c[t.argmax()]
        for t, s, c, y in zip(teacher.probs, student.probs, control.probs, labels, strict=True)
        if t.argmax() != y
    ]
    return sum(moved) / len(moved), len(moved)


@pytest.mark.parametrize("seed", [0, 1])
def test_inheritance_values_are_those_by_hand(folder, results, seed):
    planted, placebo = (read(folder, f"teachers/{n}-0123456789") for n in ("planted", "placebo"))
    student = read(folder, trial(CELL, seed))
    control = read(folder, trial("labels_only", seed))
    labels = student.labels
    own, n = hand_ceir(planted, student, labels)
    excess = own - hand_ceir(planted, control, labels)[0]
    spurious = hand_ceir(placebo, student, labels)[0] - hand_ceir(placebo, control, labels)[0]
    at = (f"{CELL}-{seed}", "student", "clean")
    assert results.value(*at, "inheritance/planted/ceir") == pytest.approx(own)
    assert results.value(*at, "inheritance/planted/excess_ceir") == pytest.approx(excess)
    assert results.value(*at, "inheritance/planted/dd_ceir") == pytest.approx(excess - spurious)
    assert results.items(*at, "inheritance/planted/dd_ceir") == n
    mass, wrong = hand_mass(planted, student, control, labels)
    metric = "inheritance/planted/transferred_wrong_mass"
    assert results.value(*at, metric) == pytest.approx(mass)
    assert results.items(*at, metric) == wrong
    assert 0.1 < own < 1
    assert spurious > 0
    assert mass > 0.5


@pytest.mark.parametrize("domain", ["clean", "gaussian_noise@3"])
def test_plain_values_are_those_by_hand(folder, results, domain):
    said = read(folder, trial("labels_only", 1), domain)
    right = said.probs.argmax(axis=1) == said.labels
    sure = said.probs.max(axis=1)
    at = ("labels_only-1", "student", domain)
    assert results.value(*at, "accuracy") == pytest.approx(right.mean())
    assert results.value(*at, "signed_gap") == pytest.approx(sure.mean() - right.mean())
    likely = said.probs[np.arange(len(said)), said.labels]
    assert results.value(*at, "nll") == pytest.approx(-np.log(likely).mean())
    assert results.value(*at, "confident_wrong_rate") == (~right & (sure >= TAU)).mean()


def test_the_control_of_a_trial_is_the_one_of_its_own_seed(folder, results):
    metric = "inheritance/planted/control_ceir"
    planted = read(folder, "teachers/planted-0123456789", "gaussian_noise@3")
    for seed in (0, 1):
        control = read(folder, trial("labels_only", seed), "gaussian_noise@3")
        own, _ = hand_ceir(planted, control, control.labels)
        found = results.value(f"{CELL}-{seed}", "student", "gaussian_noise@3", metric)
        assert found == pytest.approx(own)


def test_fates_sum_to_one(results):
    fates = ("inherited_confident", "inherited_unsure", "other_wrong", "corrected")
    shares = [
        results.value(f"{CELL}-0", "student", "clean", f"inheritance/planted/fate_{fate}")
        for fate in fates
    ]
    assert sum(shares) == pytest.approx(1)


def test_out_of_distribution_items_are_told_apart_and_counted(folder, results):
    outside, inside = (read(folder, trial(CELL, 0), d) for d in ("inverted", "clean"))
    at = (f"{CELL}-0", "student", "inverted")
    a, b = inside.probs.max(axis=1), outside.probs.max(axis=1)
    auroc = ((b[None] < a[:, None]) + 0.5 * (b[None] == a[:, None])).mean()
    assert results.value(*at, "ood_auroc") == pytest.approx(auroc)
    assert results.value(*at, "share_confident") == pytest.approx((b >= TAU).mean())
    assert math.isnan(results.value(*at, "accuracy"))


def test_temperature_is_fitted_on_validation_and_keeps_every_label(results):
    for name in (CELL, "labels_only"):
        scaled, raw = (name + "-0", "student+T"), (name + "-0", "student")
        before, after = (results.value(*who, "validation", "nll") for who in (raw, scaled))
        assert after < before
        for domain in ("clean", "gaussian_noise@3"):
            same = {results.value(*who, domain, "accuracy") for who in (raw, scaled)}
            assert len(same) == 1
        assert results.value(*scaled, "validation", "temperature") != 1


def test_plain_metrics_of_a_file_equal_the_rows(folder, results):
    found = plain_metrics(read(folder, trial(CELL, 0)))
    for name, metric in found.items():
        assert metric.value == results.value(f"{CELL}-0", "student", "clean", name), name
    assert set(plain_metrics(read(folder, trial(CELL, 0), "inverted"))) == {
        "mean_confidence",
        "share_confident",
    }


def test_groups_are_the_cells_and_the_controls(results):
    labels = [(group.tag, group.label, group.seeds) for group in results.groups]
    assert labels == [
        ("C1", "planted", (0, 1)),
        ("C2", "planted+clean", (0, 1)),
        ("C3", "clean", (0, 1)),
        ("K1", "labels only (no teachers)", (0, 1)),
        ("K2", "labels only, other seed", (0, 1)),
    ]


def test_the_endpoint_has_an_interval_around_the_mean_over_seeds(results):
    group = results.groups[0]
    found = results.estimate(group, "planted", "clean", "dd_ceir")
    per_seed = [
        results.value(t.id, "student", "clean", "inheritance/planted/dd_ceir") for t in group.trials
    ]
    assert found.per_seed == pytest.approx(per_seed)
    assert found.value == pytest.approx(np.mean(per_seed))
    assert 0 < found.low < found.value < found.high
    assert found.p == 0.5  # two seeds cannot do better
    assert found.underpowered
    assert found.n < 20
    assert math.isnan(found.p_holm)


def test_planted_inheritance_is_found_and_absence_is_too(results):
    values = {g.label: results.estimate(g, "planted", "clean", "dd_ceir") for g in results.groups}
    assert values["planted"].low > 0.1
    for label in ("planted+clean", "clean", "labels only, other seed"):
        assert values[label].low <= 0 <= values[label].high < 0.1
    assert values["labels only (no teachers)"] is None


def test_secondary_tests_are_corrected_and_the_primary_is_not(results):
    primary = [k for k, e in results.estimates.items() if math.isnan(e.p_holm)]
    tested = [k for k in primary if not math.isnan(results.estimates[k].p)]
    assert {(k.model, k.teacher, k.domain, k.statistic) for k in tested} == {
        ("student", "planted", "clean", "dd_ceir")
    }
    corrected = [e for e in results.estimates.values() if not math.isnan(e.p_holm)]
    assert corrected
    assert all(e.p_holm >= e.p for e in corrected)


def test_the_teacher_with_most_confident_errors_is_the_main_one(results):
    assert results.main.name == "planted"
    assert results.endpoint == "dd_ceir"


def test_known_answers_are_met_or_not_by_the_number(results):
    first, second, third = results.verdicts
    assert (first.met, second.met, third.met) == (True, True, False)
    both = [
        results.mean(group, "student", "clean", "inheritance/planted/dd_ceir")
        for group in results.groups[:2]
    ]
    assert first.value == pytest.approx(both[0])
    assert third.value == pytest.approx(both[0] - both[1])
    assert third.about == "dd_ceir of planted on clean: planted minus planted+clean"


def test_tables_are_tidy_and_complete(results, tmp_path):
    write_tables(results, tmp_path)
    with open(tmp_path / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["trial", "model", "domain", "metric", "value", "n", "convention"]
    keys = {(r["trial"], r["model"], r["domain"], r["metric"]) for r in rows}
    assert len(keys) == len(rows) == len(results.rows)
    assert {r["model"] for r in rows} == {"student", "student+T", "planted", "clean", "placebo"}
    assert all(r["convention"] for r in rows)
    empty = [r for r in rows if r["n"] == "0"]
    assert all(r["value"] == "nan" for r in empty)
    with open(tmp_path / "cells.csv", newline="") as file:
        cells = list(csv.DictReader(file))
    assert len(cells) == len(results.estimates)
    with open(tmp_path / "trials.csv", newline="") as file:
        trials = list(csv.DictReader(file))
    assert [r["trial"] for r in trials] == [trial.id for trial in results.study.trials]
    for row, trial in zip(trials, results.study.trials, strict=True):
        assert (row["name"], row["seed"], row["state"]) == (trial.name, str(trial.seed), "done")
        assert {axis: row[axis] for axis in trial.cell} == dict(trial.cell)


def test_several_processes_find_the_same_numbers(folder):
    one, two = score_study(folder, processes=1), score_study(folder, processes=2)
    assert str(two.rows) == str(one.rows)  # as text, for NaN is not equal to itself
    assert two.estimates.keys() == one.estimates.keys()
    assert str(two.estimates) == str(one.estimates)
    assert two.problems == one.problems


def test_words_that_many_rows_have_are_kept_once(results):
    for field in ("metric", "convention"):
        words = [getattr(row, field) for row in results.rows]
        assert len({id(word) for word in words}) == len(set(words))


def test_tables_are_not_held_as_text(results, tmp_path):
    many = replace(results, rows=results.rows * 20)
    tracemalloc.start()
    write_tables(many, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (tmp_path / "results.csv").stat().st_size / 4
