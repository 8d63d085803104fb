"""Scoring a run folder that is not whole: what is missing is said, and nothing else changes."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from mtkd.predictions import Predictions
from mtkd.results import score_study
from mtkd.results.index import Trial
from mtkd.results.models import control_of
from tests.report.synthetic import Synthetic

CELL = "forward_kl-uniform-planted"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Synthetic(tmp_path_factory.mktemp("run")).write()


@pytest.fixture(scope="module")
def results(folder):
    return score_study(folder)


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "run"))


def change(folder, edit):
    """Rewrite `study.json` after `edit(study)`."""
    study = json.loads((folder / "study.json").read_text())
    edit(study)
    (folder / "study.json").write_text(json.dumps(study))


def drop(copy, name, state):
    def edit(study):
        for entry in study["trials"]:
            if entry["name"] == name:
                entry |= state

    change(copy, edit)


def test_a_failed_trial_is_listed_with_its_reason_and_left_out(copy, results):
    drop(copy, f"{CELL}-1", {"state": "failed", "error": "loss is NaN at step 7"})
    found = score_study(copy)
    assert [(p.name, p.what) for p in found.problems] == [
        (f"trial {CELL}-1", "loss is NaN at step 7")
    ]
    assert found.groups[0].seeds == (0,)
    metric = "inheritance/planted/dd_ceir"
    alone = results.value(f"{CELL}-0", "student", "clean", metric)
    assert found.mean(found.groups[0], "student", "clean", metric) == pytest.approx(alone)


def test_a_truncated_file_takes_its_trial_out_and_says_what_to_do(copy):
    file = copy / f"trials/{CELL}-1" / "predictions" / "clean.npz"
    file.write_bytes(file.read_bytes()[:300])
    found = score_study(copy)
    (problem,) = found.problems
    assert problem.name == f"trial {CELL}-1"
    assert str(file) in problem.what
    assert "delete it" in problem.what
    assert found.groups[0].seeds == (0,)
    assert not any(row.trial == f"{CELL}-1" for row in found.rows)


def test_other_items_than_those_of_the_teachers_are_not_compared(copy):
    path = copy / f"trials/{CELL}-0" / "predictions" / "clean.npz"
    said = Predictions.load(path)
    Predictions(said.ids[::-1], said.labels, said.log_probs).save(path)
    (problem,) = score_study(copy).problems
    assert "differ at row 0" in problem.what


def test_a_file_with_other_labels_takes_its_trial_out_and_is_named(copy):
    path = copy / f"trials/{CELL}-0" / "predictions" / "clean.npz"
    said = Predictions.load(path)
    Predictions(said.ids, np.roll(said.labels, 1), said.log_probs).save(path)
    found = score_study(copy)
    (problem,) = found.problems
    assert problem.name == f"trial {CELL}-0"
    assert problem.what.startswith(f"{path} has label ")
    assert found.groups[0].seeds == (1,)


def test_the_control_of_the_same_student_goes_before_one_that_names_none():
    def trial(control, cell, seed=0):
        return Trial("", "", Path(), "", control, cell, seed, (), "done", None)

    small, large = {"loss": "none"}, {"loss": "none", "student": "large"}
    known = [(trial("labels_only", small), "small"), (trial("labels_only", large), "large")]
    for controls in (known, known[::-1]):
        assert control_of(trial(None, {"loss": "kl", "student": "large"}), controls) == "large"
        assert control_of(trial(None, {"loss": "kl"}), controls) == "small"
        assert control_of(trial(None, {"loss": "kl"}, seed=1), controls) is None


def test_without_its_control_a_student_has_no_inheritance(copy):
    for seed in (0, 1):
        drop(copy, f"labels_only-{seed}", {"state": "pending"})
    found = score_study(copy)
    assert not found.estimates
    assert not math.isnan(found.value(f"{CELL}-0", "student", "clean", "accuracy"))
    assert [p.what for p in found.problems] == ["it has not run yet"] * 2


def test_without_a_placebo_the_endpoint_is_the_plain_excess(copy):
    change(copy, lambda study: study["teachers"].pop("placebo"))
    found = score_study(copy)
    assert found.endpoint == "excess_ceir"
    assert found.estimate(found.groups[0], "planted", "clean", "excess_ceir").low > 0
    assert found.estimate(found.groups[0], "planted", "clean", "dd_ceir") is None


def test_the_best_single_teacher_is_chosen_on_validation(copy):
    def edit(study):
        for entry in list(study["trials"]):
            if entry["role"] == "cell" and len(entry["committee"]) == 1:
                role = {"role": "control", "control": "best_single_teacher"}
                study["trials"].append(entry | role)

    change(copy, edit)
    found = score_study(copy)
    assert found.best_single.committee == ("clean",)
    assert found.control("best_single_teacher") is found.best_single
    assert len({row[:4] for row in found.rows}) == len(found.rows)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"version": 7}', "has format version 7, this mtkd reads version 1"),
        ("[]", r"is damaged \(it names no format version\); run the study again"),
        ("null", "names no format version"),
        ('{"version": 1, "name": "x"}', "lists no trials"),
        ('{"version": 1, "trials": {}}', "lists no trials"),
        ('{"version": 1, "trials": [{}]}', "is not complete"),
        ('{"version": 1, ', "is damaged"),
    ],
)
def test_an_unreadable_index_is_one_sentence(tmp_path, content, words):
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(ValueError, match=words) as error:
        score_study(tmp_path)
    assert "study.json" in str(error.value)


@pytest.mark.parametrize(
    ("edit", "odd"),
    [
        (lambda study: study.update(name=5), "name"),
        (lambda study: study.update(notes=["x"]), "notes"),
        (lambda study: study.update(formula=["x"]), "formula"),
        (lambda study: study.update(expectations="abc"), "expectations.0"),
        (lambda study: study.update(expectations=[{"claim": "x"}]), "expectations.0"),
        (lambda study: study.update(domains=[]), "domains"),
        (lambda study: study["domains"][-1].update(severity="x"), "domains.2.severity"),
        (lambda study: study["trials"][1].update(seed=None), "trials.1.seed"),
        (lambda study: study["trials"][0].update(role=["cell"]), "trials.0.role"),
        (lambda study: study["trials"][0].update(committee=[1]), "trials.0.committee.0"),
        (lambda study: study["trials"][0].update(committee=["nobody"]), "trials.0.committee"),
        (lambda study: study["teachers"]["placebo"].update(placebo="x"), "teachers.2.placebo"),
    ],
)
def test_an_index_that_holds_something_else_is_one_sentence(copy, edit, odd):
    change(copy, edit)
    with pytest.raises(ValueError, match=rf"\(something else stands at {odd}\); run the study"):
        score_study(copy)


def test_a_folder_that_is_no_run_says_what_to_give(tmp_path):
    with pytest.raises(ValueError, match="give a folder like runs/<study>"):
        score_study(tmp_path)
