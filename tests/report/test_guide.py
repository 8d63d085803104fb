"""The page of statistics: whole by itself, and nothing that is shown lacks its entry."""

import csv
import re

import pytest

from mtkd.fallback.assess import Request, assess
from mtkd.fallback.choice import choose
from mtkd.fallback.promise import Promise
from mtkd.fallback.rows import rows
from mtkd.report import build
from mtkd.report.guide import entry_of, entry_under, families, render_guide
from mtkd.scorecard.names import FIGURES
from mtkd.slices import rows as slices_rows
from tests.report.synthetic import Synthetic
from tests.report.test_language import Tokens
from tests.report.test_page import Walk

EVERY = [one for family in families() for one in family.statistics]
NOT_STATISTICS = {"domain", "kind", "slice", "convention"}
# Heads of columns that hold words, and those a study names itself.
WORDS = {"model", "teacher", "domain", "kind", "objective", "seeds", "trials", "why"}


@pytest.fixture(scope="module", params=[Synthetic, Tokens])
def folder(request, tmp_path_factory):
    made = request.param(tmp_path_factory.mktemp("guide")).write()
    build(made)
    return made


HEAD = r'<th scope="col"(?! class="forest-cell")[^>]*>(.*?)</th>'


def column(path, name):
    return {row[name] for row in csv.DictReader(path.open())}


def test_every_metric_of_the_csv_files_has_its_entry(folder):
    shown = column(folder / "results.csv", "metric") | column(folder / "cells.csv", "statistic")
    assert {name for name in shown if entry_of(name) is None} == set()


def test_every_column_head_of_the_report_has_its_entry(folder):
    page = (folder / "report.html").read_text()
    own = {*column(folder / "results.csv", "domain"), *column(folder / "results.csv", "model")}
    heads = {
        re.sub(r"<[^>]+>", "", head).replace("\N{NON-BREAKING HYPHEN}", "-").strip()
        for head in re.findall(HEAD, page, re.DOTALL)
    }
    asked = {without(head, own) for head in heads} - WORDS - own - {""}
    assert {head for head in asked if entry_under(head) is None} == set()


def without(head, own):
    """`AUROC inverted` as `AUROC`: a column that a domain has for itself."""
    for name in sorted(own, key=len, reverse=True):
        if head.endswith(f" {name}") and entry_under(head.removesuffix(f" {name}")):
            return head.removesuffix(f" {name}")
    return head


def test_every_number_of_the_other_commands_has_its_entry():
    numbers = {name for name in slices_rows.COLUMNS if name not in NOT_STATISTICS}
    assert {
        name for name in {*numbers, *FIGURES, "leave_one_out"} if entry_of(name) is None
    } == set()


def test_every_number_of_fallback_has_its_entry(folder):
    found = assess(choose(folder, "C1"), Request(Promise(0.3, 0.5)))
    assert {one.metric for one in rows(found) if entry_of(one.metric) is None} == set()


def test_every_entry_says_everything():
    for one in EVERY:
        for name in ("name", "formula", "answers", "range", "zero", "beware", "n"):
            assert getattr(one, name).strip(), (one.id, name)
        assert bool(one.source) == bool(one.link), one.id


def test_no_entry_hides_another():
    for one in EVERY:
        for pattern in one.columns:
            other = [e.id for e in EVERY if e is not one and pattern in e.columns]
            assert other == [], pattern
            if "*" not in pattern:
                assert entry_of(pattern) is one, pattern


def test_the_page_stands_alone():
    page = render_guide()
    walk = Walk(page)
    assert walk.open == []
    assert len(walk.ids) == len(set(walk.ids))
    assert {link[1:] for _, link in walk.links if link.startswith("#")} <= set(walk.ids)
    outside = [(tag, link) for tag, link in walk.links if not link.startswith("#")]
    assert {tag for tag, link in outside if link != "data:,"} == {"a"}
    assert all(link.startswith("https://") for _, link in outside if link != "data:,")
    assert {one.id for one in EVERY} <= set(walk.ids)
    assert len(page.encode()) < 200_000


def test_far_errors_are_not_taken_for_near_ones():
    assert entry_of("inheritance/planted/dd_ceir_far").id == "far"
    assert entry_of("inheritance/planted/dd_ceir").id == "dd-ceir"
