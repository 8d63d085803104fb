import csv
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mtkd.fallback import Promise, Router, Rule, certify
from mtkd.fallback.cautions import shared_items, too_small
from mtkd.fallback.choice import choose
from mtkd.predictions import Predictions
from tests.fallback.run_folder import fallback, write_run


@pytest.fixture(scope="module")
def done(demo, tmp_path_factory):
    """The output folder of one whole command."""
    out = tmp_path_factory.mktemp("out")
    prices = ("--cost-student", 1, "--cost-teacher", 25, "--cost-error", 100)
    times = ("--latency-student", 10, "--latency-teacher", 200)
    assert fallback(demo, "--risk", 0.1, "--out", out, *prices, *times) == 0
    return out


def table(done):
    rows = csv.DictReader((done / "fallback.csv").read_text().splitlines())
    return {(row["about"], row["metric"]): row for row in rows}


def test_the_rule_is_the_certificate_of_the_validation_predictions(demo, done):
    rule = Rule.load(done / "fallback.json")
    stored = Predictions.load(demo / "trials/kl-0/predictions/validation.npz")
    found = certify(stored.probs, stored.labels, Promise(0.1, 0.9))
    assert (rule.threshold, rule.accepted, rule.items) == (found.threshold, found.accepted, 1500)
    assert (rule.classes, rule.risk, rule.confidence) == (3, 0.1, 0.9)
    assert rule.student == "C1: kl · good (seed 0), trial kl0"
    assert rule.teacher == "good, good-1"  # better than weak; the placebo is never chosen
    assert Router(lambda q: q, lambda q: q, rule).answer([0.98, 0.01, 0.01]).source == "student"


def test_every_domain_is_measured_with_the_clean_threshold(demo, done):
    rows = table(done)
    for domain, path in (("clean", "clean"), ("noise@3", "noise@3")):
        stored = Predictions.load(demo / f"trials/kl-0/predictions/{path}.npz")
        threshold = Rule.load(done / "fallback.json").threshold
        above = stored.probs.max(1) >= threshold
        risk = (stored.probs.argmax(1) != stored.labels)[above].mean()
        assert float(rows[domain, "risk"]["value"]) == pytest.approx(risk)
        assert int(rows[domain, "risk"]["n"]) == above.sum()
        assert float(rows[domain, "coverage"]["value"]) == pytest.approx(above.mean())
    assert float(rows["noise@3", "excess_risk"]["value"]) > 0.15
    assert float(rows["clean", "excess_risk"]["value"]) < 0.05
    assert rows["inverted", "risk"]["value"] == "nan"
    assert ("inverted", "accuracy") not in rows


def test_prices_and_times_follow_from_what_is_measured(done):
    rows = {key: float(row["value"]) for key, row in table(done).items()}
    deferred = 1 - rows["clean", "coverage"]
    wrong = 1 - rows["clean", "accuracy"]
    assert rows["clean", "cost"] == pytest.approx(1 + 25 * deferred + 100 * wrong)
    assert rows["clean", "latency_mean"] == pytest.approx(10 + 200 * deferred)
    assert {rows["clean", "latency_p50"], rows["clean", "latency_p95"]} <= {10, 210}
    scope = 1 - rows["inverted", "coverage"]
    assert rows["inverted", "cost"] == pytest.approx(1 + 25 * scope)  # errors are unknown


def test_the_table_says_what_happened(demo, tmp_path, capsys):
    fallback(demo, "--risk", 0.1, "--out", tmp_path)
    text = capsys.readouterr().out
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    assert "demo: C1: kl · good (seed 0) hands over to good" in text
    assert "at most 10.0 % of the accepted answers wrong, with probability 90.0 %" in text
    assert "accept answers with confidence >= " in text
    assert "kept" in lines["clean"] or "open" in lines["clean"]
    assert "broken" in lines["noise@3"]
    assert "no labels" in lines["inverted"]
    assert {"SGR, 11 steps", "conformal risk control", "naive, observed risk"} < set(lines)
    assert "cost" not in text  # nobody gave prices
    assert "(exact bounds of the risk: each of the two holds at 90.0 %)" in text
    assert "random 0.500" in text
    assert (
        "fallback.json" in lines[f"written: {tmp_path}/fallback.json, fallback.html, fallback.csv"]
    )


def test_the_page_stands_alone_and_takes_the_colour_of_its_text(done):
    page = (done / "fallback.html").read_text()
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) == 3
    for drawing in drawings:
        ElementTree.fromstring(drawing)
        assert "currentColor" in drawing
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert not re.search(r'(src|href)="https?:|url\(http|<script', page)
    assert page.count("<table>") == 2
    assert "accept answers with confidence &gt;= " in page


def test_a_study_that_is_too_small_says_how_many_it_takes(small, tmp_path, capsys):
    assert fallback(small, "--student", "C1", "--out", tmp_path) == 0
    text = capsys.readouterr().out
    assert "warning: validation has 40 items, too few: a risk of 0.05 at confidence 0.9" in text
    assert "needs at least 45 accepted without one error; 675 items" in text
    assert "infeasible: send everything to the teacher" in text
    assert Rule.load(tmp_path / "fallback.json").threshold is None
    assert "infeasible: send everything" in (tmp_path / "fallback.html").read_text()


def test_a_study_that_is_rather_small_says_so_too():
    (text,) = too_small(40, Promise(0.3), 0.2)
    assert "validation has 40 items, few for a risk of 0.3 at confidence 0.9" in text
    assert "had to accept 21 of them, not 20%; 105 items would be enough" in text
    assert too_small(105, Promise(0.3), 0.2) == []
    assert "675 items would be enough" in too_small(674, Promise(0.05), 0.2)[0]
    assert too_small(675, Promise(0.05), 0.2) == []


def test_domains_that_hold_calibration_items_are_named(tmp_path, demo):
    folder = write_run(tmp_path, n=30, items=0)
    first, second = shared_items(choose(folder), ["clean", "noise@3"])
    assert first.startswith("clean has 30 ids of validation")
    assert second.startswith("noise@3 has 30 ids of validation")
    assert shared_items(choose(demo), ["clean"]) == []


def test_equal_ids_of_other_items_are_told_apart_by_their_labels(tmp_path):
    folder = write_run(tmp_path, n=30, items=0)
    file = folder / "trials/kl-0/predictions/clean.npz"
    stored = Predictions.load(file)
    Predictions(stored.ids, np.r_[1, 1, stored.labels[2:]], stored.log_probs).save(file)
    (said,) = shared_items(choose(folder), ["clean"])
    assert said.startswith("clean and validation use the same ids for other items")
    assert "of 30 equal ids 2 have different labels" in said


def test_without_a_threshold_the_student_costs_nothing(small, tmp_path):
    prices = ("--cost-student", 1, "--cost-teacher", 25, "--cost-error", 100)
    times = ("--latency-student", 10, "--latency-teacher", 200)
    options = ("--student", "C1", "--out", tmp_path, *prices, *times)
    assert fallback(small, *options) == 0
    found = table(tmp_path)
    rows = {key: float(row["value"]) for key, row in found.items()}
    wrong = 1 - rows["clean", "accuracy"]
    assert rows["clean", "cost"] == pytest.approx(25 + 100 * wrong)
    assert {rows["clean", f"latency_{of}"] for of in ("mean", "p50", "p95")} == {200}
    assert found["clean", "cost"]["convention"] == "per query, teacher alone"
