"""Which statistics get an interval, for which teacher and where."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.metrics import Metric
from mtkd.predictions import Predictions
from mtkd.results import Group, Results, Row, answers_alone, score_study
from mtkd.results.estimates import estimate_group
from mtkd.results.expectations import verdicts
from mtkd.results.likeness import likeness_terms
from mtkd.results.references import main_teacher
from mtkd.results.scored import Scored
from mtkd.results.study import _best_single
from mtkd.results.tokens import Tokens as TokenRows
from mtkd.results.tokens import risk_terms
from tests.metrics.worlds import random_models
from tests.report.synthetic import Synthetic
from tests.report.test_language import Tokens


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return score_study(Synthetic(tmp_path_factory.mktemp("run")).write())


def test_under_shift_only_the_teacher_in_focus_has_intervals(results):
    places = {(key.teacher, key.domain) for key in results.estimates if key.teacher}
    assert {teacher for teacher, domain in places if domain != "clean"} == {"planted"}
    assert {teacher for teacher, _ in places} == {"planted", "clean", "placebo"}
    scaled = {key.teacher for key in results.estimates if key.model == "student+T"}
    assert scaled == {"planted"}


def test_a_placebo_has_its_plain_excess_and_is_not_held_against_itself(results):
    found = {key.statistic for key in results.estimates if key.teacher == "placebo"}
    assert found == {"excess_ceir"}
    at = ("forward_kl-uniform-planted-0", "student", "clean")
    assert math.isnan(results.value(*at, "inheritance/placebo/dd_ceir"))
    assert not math.isnan(results.value(*at, "inheritance/placebo/excess_ceir"))


def test_blind_spots_are_those_of_teachers_that_teach(results):
    named = {
        row.metric.split("/")[-1] for row in results.rows if "blind_spot_rescue/" in row.metric
    }
    assert named == {"planted", "clean"}


def test_the_false_alarms_of_nonsense_are_of_the_confidence_that_keeps_the_clean_items(results):
    trial = next(t for t in results.study.trials if t.id == "forward_kl-uniform-planted-0")
    clean, nonsense = (
        Predictions.load(trial.folder / "predictions" / f"{name}.npz").probs.max(axis=1)
        for name in ("clean", "inverted")
    )
    least = sorted(clean)[int(0.05 * len(clean))]  # 95 % of the clean items are at least as sure
    at = (trial.id, "student", "inverted")
    assert results.value(*at, "ood_fpr95") == pytest.approx((nonsense >= least).mean())
    assert results.value(*at, "ood_fpr95") != results.value(*at, "ood_fpr95_ood_positive")


def test_a_run_without_validation_items_fits_temperatures_on_the_clean_ones(tmp_path):
    folder = Synthetic(tmp_path, seeds=1, items=40).write()
    for path in folder.glob("*/*/predictions/validation.npz"):
        path.unlink()
    index = json.loads((folder / "study.json").read_text())
    (folder / "study.json").write_text(json.dumps(index | {"validated": False}))
    found = score_study(folder)
    assert found.problems == []
    (row,) = (r for r in found.rows if r.metric == "temperature" and r.trial == "labels_only-0")
    assert (row.domain, row.convention.endswith("fitted on the clean items it is used on")) == (
        "clean",
        True,
    )


def test_answers_alone_are_those_with_a_label_that_were_given():
    probs = np.full((4, 2), 0.5)
    present = np.array([True, False, True, True])
    said = Predictions(np.arange(4), np.array([0, 1, -1, 1]), np.log(probs), present)
    assert answers_alone(said).labels.tolist() == [0, 1]


def test_a_language_model_is_scaled_too(tmp_path):
    found = score_study(Tokens(tmp_path, seeds=1).write())
    at = ("labels_only-0", "validation", "nll")
    raw, scaled = (found.value(at[0], model, *at[1:]) for model in ("student", "student+T"))
    assert scaled < raw


@pytest.mark.parametrize(("counts", "few"), [((20, 50), False), ((19, 50), True), ((50, 19), True)])
def test_one_seed_with_few_items_makes_an_estimate_underpowered(counts, few):
    place = ("student", "a", "clean", "x")
    seeds = [Scored(single={place: Metric(0.1, n, "x")}) for n in counts]
    group = Group("C1", "", "", "cell", None, {}, ("a",), (), ())
    (found,) = estimate_group(group, seeds).values()
    assert (found.underpowered, found.n) == (few, sum(counts) / 2)


def test_a_mean_leaves_out_what_has_no_value_and_a_count_of_nothing_is_0(results):
    found = Results(results.study, [], None)
    group = next(group for group in results.groups if len(group.trials) == 2)
    for trial, value, n in zip(group.trials, (math.nan, 4.0), (0, 9), strict=True):
        found.add([Row(trial.id, "student", "clean", "x", value, n, "")])
    assert found.mean(group, "student", "clean", "x") == 4
    assert found.mean_count(group, "student", "clean", "x") == 2
    assert math.isnan(found.mean_count(group, "student", "clean", "y"))


def test_of_equally_good_single_teachers_the_one_of_lower_nll_is_the_best(results):
    first, second = results.groups[:2]
    singles = [replace(group, control="best_single_teacher") for group in (first, second)]
    found = Results(results.study, singles, None)
    for group, nll, clean in zip(singles, (0.5, 0.3), (0.9, 0.7), strict=True):
        said = {("validation", "accuracy"): 0.8, ("validation", "nll"): nll}
        for (domain, name), value in (said | {("clean", "accuracy"): clean}).items():
            found.add(Row(t.id, "student", domain, name, value, 9, "") for t in group.trials)
    assert _best_single(found) is singles[1]


def test_a_known_answer_at_its_bound_is_met_and_nothing_is_left_of_a_difference_to_itself(results):
    group = next(group for group in results.groups if group.label == "planted")
    value = results.mean(group, "student", "clean", "inheritance/planted/ceir")
    wanted = {"claim": "x", "statistic": "ceir", "cell": {"committee": "planted"}}
    ends = ([value, value], [0.0, value - 1e-9])
    claims = [wanted | {"between": end} for end in ends]
    claims.append(wanted | {"between": [0, 0], "minus": {"committee": "planted"}})
    study = replace(results.study, expectations=claims)
    assert [said.met for said in verdicts(replace(results, study=study))] == [True, False, True]


def test_a_teacher_without_a_rate_of_confident_errors_is_not_in_focus(results):
    found = Results(results.study, [], None)
    row = Row("clean-0123456789", "clean", "clean", "confident_wrong_rate", 0.0, 9, "")
    found.add([row])
    assert main_teacher(found).name == "clean"


def test_likeness_in_mistakes_is_held_against_the_control():
    teacher, student, control = random_models(83, models=3)
    cell = m.Inheritance(m.Pair(teacher, student), m.Pair(teacher, control))
    term = likeness_terms(cell)["same_wrong_excess"]
    found = [part.metric().value for part in (term.of, term.minus)]
    assert found == [m.same_wrong_agreement(pair).value for pair in (cell.student, cell.control)]
    assert found[0] != found[1]


def test_a_risk_is_a_mean_over_the_committee():
    risks = {"coverage_risk/a": np.array([1.0, 2]), "coverage_risk/b": np.array([3.0, 6])}
    tokens = TokenRows(np.arange(2), np.ones(2, bool), risks)
    assert risk_terms(tokens)["coverage_risk"].of.metric().value == 3


def test_a_scaled_student_is_held_against_the_scaled_control(results):
    def read(name, scaled=True):
        said = Predictions.load(results.study.folder / name / "predictions" / "clean.npz")
        at = (name.split("/")[1], "student+T", "validation", "temperature")
        heat = results.value(*at) if scaled else 1.0
        return m.Predictions(m.apply_temperature(said.log_probs, heat), said.labels)

    planted = read("teachers/planted-0123456789", scaled=False)
    student, control = (
        m.Pair(planted, read(f"trials/{name}-0"))
        for name in ("forward_kl-uniform-planted", "labels_only")
    )
    expected = m.transferred_wrong_mass(m.Inheritance(student, control)).value
    at = ("forward_kl-uniform-planted-0", "student+T", "clean")
    found = results.value(*at, "inheritance/planted/transferred_wrong_mass")
    assert found == pytest.approx(expected)
