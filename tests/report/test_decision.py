"""The first section and what it rests on: which student, what is promised, what got worse."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtkd.cli import main
from mtkd.fallback import Promise, certify
from mtkd.metrics import from_log_probs
from mtkd.predictions import Predictions
from mtkd.report import build
from mtkd.report.asking import outcomes
from mtkd.report.decision import about, questions
from mtkd.report.deployed import deployed
from mtkd.results import read_study, score_study
from mtkd.slices.halves import discovery_half
from mtkd.token_predictions import load_predictions
from tests.report.synthetic import Synthetic
from tests.report.test_language import Tokens
from tests.report.test_page import Walk
from tests.scorecard.world import World, add

ITEMS = 900
ECONOMICS = Path(__file__).parents[2] / "configs" / "economics.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Enough items to certify something."""
    return Synthetic(tmp_path_factory.mktemp("decision"), items=ITEMS, seeds=1).write()


@pytest.fixture(scope="module")
def results(folder):
    return score_study(folder)


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "run"))


def decided(results, folder):
    """Student, outcomes and the four answers as text, with what lies in `folder` now."""
    results = replace(results, study=read_study(folder))
    chosen = deployed(results)
    known = outcomes(results, chosen)
    texts = ["".join(Walk(str(one.answer)).text) for one in questions(results, chosen, known)]
    return chosen, known, [" ".join(text.split()) for text in texts]


def held_out(trial):
    return Predictions.load(trial.folder / "predictions" / "validation.npz")


def test_the_best_is_chosen_on_one_half_and_calibrated_on_the_other(results, folder):
    chosen, known, said = decided(results, folder)
    losses = {}
    for group in results.groups:
        items = held_out(group.trials[0])
        rows = np.flatnonzero(discovery_half(items.ids.astype(str)))
        losses[group.tag] = -items.log_probs[rows, items.labels[rows]].mean()
    cells = [group.tag for group in results.groups if group.role == "cell"]
    assert chosen.group.tag == min(cells, key=losses.get)
    items = held_out(chosen.trial)
    other = ~discovery_half(items.ids.astype(str))
    assert set(chosen.spent) == set(items.ids[~other])
    probs = from_log_probs(items.log_probs[other])
    right = probs.argmax(axis=1) == items.labels[other]
    expected = certify(probs.max(axis=1), right, Promise(0.05, 0.9))
    assert known.fallback.certificate == expected
    assert f"calibrated on {other.sum()} items" in known.fallback_section
    assert said[0].startswith("Nearly always. Where it is at least ")
    asked = "as on each question it was checked on, at most 5 of 100 answers are wrong."
    assert asked in said[0]
    assert f"like the {other.sum()} it was checked on" in said[0]


def export(folder, *words):
    """A rule made by `mtkd fallback`, as JSON."""
    assert main(["fallback", str(folder), *words]) == 0
    return json.loads((folder / "fallback.json").read_text())


def test_an_exported_rule_names_the_student_and_what_is_asked(results, copy):
    words = ["--student", "C2", "--risk", "0.2", "--confidence", "0.8", "--teacher", "planted"]
    rule = export(copy, *words)
    chosen, known, said = decided(results, copy)
    assert chosen.group.tag == "C2"
    assert known.fallback.certificate.threshold == rule["threshold"]
    assert known.fallback.certificate.n == ITEMS
    assert "at most 20 of 100 answers are wrong. That is certain to 80 %" in said[0]
    assert "its teacher planted on" in said[0]
    assert "made with other options" not in known.fallback_section


def test_a_part_is_answered_and_the_rest_handed_over(results, copy):
    rule = export(copy, "--student", "C2", "--risk", "0.02")
    _, known, said = decided(results, copy)
    assert 0 < rule["accepted"] < rule["items"]
    sure = f"{100 * rule['threshold']:.1f} % sure"
    assert said[0].startswith(f"In part. Where it is at least {sure} of its answer, at most 2 of")
    assert said[1].startswith(f"When it is less than {sure}. That sends ")
    doing = known.fallback.places[0].operation
    assert f"(n = {ITEMS}) to clean; together they are right on" in said[1]
    assert f"{100 * doing.deferred:.0f} % of ordinary questions" in said[1]
    assert f"of {ITEMS} (inverted)" in said[1]


def test_a_teacher_that_is_no_better_where_it_is_asked_is_said_to_be_no_help(results, copy):
    export(copy, "--student", "C2", "--risk", "0.02", "--teacher", "planted")
    _, known, said = decided(results, copy)
    doing = known.fallback.places[0].operation
    assert doing.teacher_right_if_deferred.value <= doing.student_right_if_deferred.value
    right = f"{100 * doing.teacher_right_if_deferred.value:.0f} % right"
    assert "Handing over does not help here: of these questions planted gets" in said[1]
    assert right in said[1]
    export(copy, "--student", "C2", "--risk", "0.02", "--teacher", "clean")
    assert "does not help" not in decided(results, copy)[2][1]


@pytest.mark.parametrize(("every", "heard"), [(2, None), (ITEMS + 1, "none")])
def test_how_many_of_the_questions_handed_over_are_answered_is_said(results, copy, every, heard):
    export(copy, "--student", "C2", "--risk", "0.02", "--teacher", "planted")
    doing = decided(results, copy)[1].fallback.places[0].operation
    (path,) = copy.glob("teachers/planted-*/predictions/clean.npz")
    present = np.arange(1, ITEMS + 1) % every == 0
    replace(Predictions.load(path), present=present).save(path)
    _, known, said = decided(results, copy)
    found = known.fallback.places[0].operation
    assert found.coverage == doing.coverage
    handed, n = round(doing.deferred * ITEMS), found.teacher_right_if_deferred.n
    assert f"Of the {handed} questions handed over planted answers {heard or n}; only" in said[1]
    assert n < handed
    assert ("does not help" in said[1]) == (n > 0)


def test_a_rule_of_other_predictions_is_said(results, copy):
    rule = export(copy, "--student", "C3", "--risk", "0.2")
    changed = rule | {"threshold": rule["threshold"] / 2}
    (copy / "fallback.json").write_text(json.dumps(changed))
    known = decided(results, copy)[1]
    assert "it was made with other options" in known.fallback_section


def test_too_many_mistakes_are_not_too_few_items(results, copy):
    export(copy, "--student", "C1", "--risk", "0.05")
    said = decided(results, copy)[2]
    assert said[0].startswith("No. Even among the answers it is surest of, too many are wrong")
    assert said[1].startswith("Always: clean answers everything.")


def test_too_few_items_are_not_too_many_mistakes(tmp_path):
    folder = Synthetic(tmp_path, seeds=1).write()
    export(folder, "--student", "C1")
    said = decided(score_study(folder), folder)[2]
    assert said[0].startswith("Nobody can tell. 120 questions to check it on did not show")
    assert "check it on 675 or more" in said[0]
    assert said[1].startswith("Always, until it was checked on more questions")


def test_a_planted_pocket_is_named_with_its_n(results, copy):
    export(copy, "--student", "C1")
    worse = decided(results, copy)[2][2]
    assert worse.startswith("Against the same student without teachers: worse in")
    assert re.search(r"\d+ more wrong of 100, n = \d+", worse)


def test_without_prices_the_page_says_which_command_answers(results, folder):
    paying = decided(results, folder)[2][3]
    assert "Nobody has stated the prices yet" in paying
    assert "mtkd breakeven economics.yaml --from" in paying


@pytest.mark.parametrize("place", ["run", "study"])
def test_stated_prices_are_answered(results, copy, place):
    home = copy if place == "run" else copy.parent / "study"
    home.mkdir(exist_ok=True)
    shutil.copy(ECONOMICS, home / "economics.yaml")
    if place == "study":
        study = json.loads((copy / "study.json").read_text())
        (copy / "study.json").write_text(json.dumps(study | {"file": "../study/study.yaml"}))
    _, known, said = decided(results, copy)
    assert said[3].startswith("It is paid back after 12 months")
    assert "Decision: " in said[3]
    assert 'id="economics-tornado' in known.economics_section


def test_prices_that_cannot_be_meant_are_said_and_nothing_else_is_lost(results, copy):
    (copy / "economics.yaml").write_text("trafic: {requests_per_month: 3}")
    _, known, said = decided(results, copy)
    assert "trafic" in said[3]
    assert known.fallback is not None


def test_a_damaged_scorecard_is_said(results, copy):
    (copy / "scorecard").mkdir()
    (copy / "scorecard" / "v1.json").write_text("{")
    assert "v1.json" in decided(results, copy)[1].scorecard


def test_a_language_model_hands_over_tokens_and_has_no_pockets(tmp_path):
    """The half of the texts that chose the student does not calibrate its rule."""
    folder = Tokens(tmp_path, items=ITEMS, seeds=1).write()
    chosen, known, said = decided(score_study(folder), folder)
    assert chosen.by_token
    stored = load_predictions(chosen.trial.folder / "predictions" / "validation.npz")
    spent = np.isin(stored.ids, chosen.spent)
    halves = [set(stored.sequences[half]) for half in (spent, ~spent)]
    assert not halves[0] & halves[1]
    assert known.fallback.certificate.n == len(halves[1]) > 50
    assert f"for tokens like the {len(halves[1])} it was checked on" in said[0]
    assert " tokens (one of each text), its teacher" in said[0]
    assert said[2].startswith("Not known. This study predicts text token by token.")
    assert known.pockets == ()


def test_an_exported_rule_names_the_student_of_language_models_too(tmp_path):
    folder = Tokens(tmp_path, items=ITEMS, seeds=1).write()
    export(folder, "--student", "C1", "--risk", "0.3")
    chosen, known, _ = decided(score_study(folder), folder)
    assert (chosen.how[:24], chosen.by_token) == ("named by `mtkd fallback`", True)
    assert known.fallback.certificate.risk == 0.3


def test_without_a_finished_student_nothing_is_decided(results, folder):
    none = replace(results, groups=[group for group in results.groups if group.role != "cell"])
    chosen, _, said = decided(none, folder)
    assert chosen is None
    assert "nothing can be decided" in about(none, chosen)
    assert said[0] == "Not known. no student is finished yet"


def test_all_of_it_is_on_the_page_every_plot_has_its_n_and_it_stays_small(copy, tmp_path):
    shutil.copy(ECONOMICS, copy / "economics.yaml")
    assert add(World(tmp_path / "world").write(), copy / "scorecard", "v1") == 0
    page = build(copy).read_text()
    walk = Walk(page)
    assert walk.open == []
    assert len(walk.ids) == len(set(walk.ids))
    links = {link[1:] for _, link in walk.links if link.startswith("#")}
    assert links <= set(walk.ids)
    assert {"fallback", "pockets", "economics", "versions", "scorecard-reliability"} <= links
    assert len(page.encode()) < 5_000_000
    check_plots(page)


def check_plots(page):
    """Every figure says its n, every plot made of rows has a column of it."""
    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(figures) > 8
    for figure in figures:
        assert re.search(r"n = [\d,]+|there is no n|Counted", figure), figure[-300:]
    for name in ("forest", "fates"):
        table = page[page.index(f'id="table-{name}"') :]
        row = re.search(r'<tr><th scope="row">.*?</tr>', table, re.DOTALL)[0]
        assert re.search(r'<td class="number[^"]*">\d+</td>', row)
    effects = re.findall(r'<table class="effects".*?</table>', page, re.DOTALL)
    assert effects
    assert all('<td class="number n">' in table for table in effects)


def test_the_only_kind_with_results_is_not_called_the_only_kind(results):
    cells = [group for group in results.groups if group.role == "cell"]
    lost = [replace(group, trials=()) for group in cells[1:]]
    two = deployed(replace(results, groups=[cells[0], *lost]))
    assert two.how == "the only kind of student that has results"
    assert deployed(replace(results, groups=cells[:1])).how.endswith("in this study")


def test_a_stated_share_below_the_measured_one_is_said(results, copy):
    rule = export(copy, "--student", "C2", "--risk", "0.02")
    shutil.copy(ECONOMICS, copy / "economics.yaml")
    measured = decided(results, copy)[2][3]
    assert "these figures are too good" not in measured
    text = ECONOMICS.read_text().replace("fallback_share: null", "fallback_share: 0.0")
    (copy / "economics.yaml").write_text(text)
    share = 1 - rule["accepted"] / rule["items"]
    words = f"0.0 % of the requests fall back; in this run it is {100 * share:.1f} %, so these"
    assert words in decided(results, copy)[2][3]
