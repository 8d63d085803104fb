"""Where a teacher is silent it is neither right nor wrong: only what it said is its own."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtkd.predictions import Predictions
from mtkd.report import build
from mtkd.report.heard import heard
from mtkd.results import plain_metrics, score_study
from mtkd.token_predictions import load_predictions
from tests.report.synthetic import Synthetic
from tests.report.test_language import Tokens

DOMAINS = ("clean", "gaussian_noise@3", "inverted")
SURE_OF_THREE = np.log([1e-6, 1e-6, 1e-6, 1 - 3e-6])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Synthetic(tmp_path_factory.mktemp("run"), seeds=1).write()


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "run"))


def silence(folder, speaks, says=None):
    """Let `planted` be silent where `speaks [item]` is false; `says` is what its rows hold."""
    for domain in DOMAINS:
        (path,) = folder.glob(f"teachers/planted-*/predictions/{domain}.npz")
        said = Predictions.load(path)
        logs = said.log_probs.copy()
        logs[~speaks] = np.log(1 / logs.shape[1]) if says is None else says
        replace(said, log_probs=logs, present=speaks).save(path)


def drop(folder, kept):
    """Leave only some items to every model, everywhere but on validation."""
    for path in folder.glob("t*/*/predictions/*.npz"):
        if path.stem != "validation":
            Predictions.load(path).take(kept).save(path)


def rows_of(results, start, without=()):
    """Values and n of the rows whose `model:metric` starts so."""
    return {
        (row.trial, row.model, row.domain, row.metric): (row.value, row.n)
        for row in results.rows
        if f"{row.model}:{row.metric}".startswith(start)
        and not any(part in row.metric for part in without)
    }


def same(found, expected):
    assert found.keys() == expected.keys()
    for key, (value, n) in expected.items():
        assert found[key] == (pytest.approx(value, abs=1e-12, nan_ok=True), n), key


def test_a_teacher_is_judged_by_the_items_at_which_it_speaks(copy, tmp_path):
    speaks = np.arange(120) % 3 != 1
    other = Path(shutil.copytree(copy, tmp_path / "other"))
    silence(copy, speaks)
    drop(other, speaks)
    found, expected = score_study(copy), score_study(other)
    own = rows_of(found, "planted:", ("spoke",))
    same(own, rows_of(expected, "planted:"))
    assert own["planted-0123456789", "planted", "clean", "accuracy"][1] == 80
    for model in ("student", "student+T"):
        start = f"{model}:inheritance/planted/"
        alone = (start, ("dd_ceir",))  # the placebo has a part in that
        same(rows_of(found, *alone), rows_of(expected, *alone))


def test_it_is_told_apart_from_a_teacher_that_is_wrong(copy, folder):
    speaks = np.arange(120) % 3 != 1
    silence(copy, speaks)
    metric = "student:inheritance/planted/transferred_wrong_mass"
    found = [rows_of(score_study(one), metric).popitem()[1] for one in (folder, copy)]
    (whole, all_n), (part, n) = found
    assert n < all_n
    assert part != whole


def test_what_its_silent_rows_hold_changes_nothing(copy):
    speaks = np.arange(120) % 3 != 1
    silence(copy, speaks)
    expected = rows_of(score_study(copy), "")
    silence(copy, speaks, says=SURE_OF_THREE)
    same(rows_of(score_study(copy), ""), expected)


def test_a_teacher_that_always_speaks_changes_no_digit(copy, folder):
    silence(copy, np.ones(120, bool))
    found, expected = score_study(copy), score_study(folder)
    assert str(rows_of(found, "", ("spoke",))) == str(rows_of(expected, ""))
    assert str(found.estimates) == str(expected.estimates)


def test_a_teacher_that_never_speaks_has_no_numbers(copy):
    silence(copy, np.zeros(120, bool), says=SURE_OF_THREE)
    results = score_study(copy)
    assert set(rows_of(results, "planted:")) == {
        ("planted-0123456789", "planted", domain, "spoke") for domain in DOMAINS
    } | {
        ("planted-0123456789", model, "validation", metric)
        for model, metric in [("planted", "accuracy"), ("planted", "nll")]
    }
    for (*_, metric), (value, n) in rows_of(results, "student:inheritance/planted/").items():
        assert math.isnan(value) or n, metric
    nowhere = "says nothing of clean, gaussian_noise@3 and inverted, so nothing is said of it there"
    assert str(heard(results)[0]) == f"<b>planted</b> {nowhere}."
    build(copy)


def test_the_page_says_at_which_part_it_speaks(copy):
    silence(copy, np.arange(120) % 3 != 1)
    (said,) = heard(score_study(copy))
    assert str(said) == (
        "<b>planted</b> speaks at a part of clean 66.7 %, gaussian_noise@3 66.7 % and inverted "
        "66.7 %, and is judged by that."
    )


def test_of_a_language_model_too(tmp_path):
    folder = Tokens(tmp_path, seeds=1).write()
    (path,) = folder.glob("teachers/planted-*/predictions/clean.npz")
    said, speaks = load_predictions(path), np.arange(120) % 3 != 1
    replace(said, present=speaks).save(path)
    expected = rows_of(score_study(folder), "")
    assert expected["planted-0123456789", "planted", "clean", "accuracy"][1] == 80
    other = np.where(speaks[:, None], said.classes, said.classes[:, ::-1])
    replace(said, present=speaks, classes=other, label_ranks=said.label_ranks * 0).save(path)
    found = rows_of(score_study(folder), "", ("_far",))
    same(found, {key: value for key, value in expected.items() if "_far" not in key[-1]})


def test_one_file_alone_is_judged_by_what_was_said(folder):
    (path,) = folder.glob("teachers/planted-*/predictions/clean.npz")
    said, speaks = Predictions.load(path), np.arange(120) % 3 != 1
    found = plain_metrics(replace(said, present=speaks))
    assert found == plain_metrics(said.take(speaks))
    assert plain_metrics(replace(said, present=np.zeros(120, bool))) == {}
