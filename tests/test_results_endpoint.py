"""A study's endpoint that is not about inheritance is the one that is not corrected."""

import json
import math

import pytest

from mtkd.report.page import render
from mtkd.results import score_study
from tests.report.synthetic import Synthetic


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Synthetic(tmp_path_factory.mktemp("run")).write()


def declared(folder, endpoint):
    file = folder / "study.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"endpoint": endpoint}))
    return score_study(folder)


def uncorrected(results):
    found = results.estimates.items()
    alone = [key for key, e in found if math.isnan(e.p_holm) and not math.isnan(e.p)]
    return {(key.teacher, key.statistic) for key in alone}


def said(page):
    return " ".join(page.split())


def test_a_declared_difference_stands_alone_and_inheritance_joins_the_family(folder):
    results = declared(folder, "accuracy_difference")
    assert uncorrected(results) == {("", "accuracy_difference")}
    page = said(render(results))
    assert "Primary endpoint:" not in page
    assert "Inheritance: DD-CEIR of planted" in page
    assert "The primary endpoint, <code>accuracy_difference</code>, is declared beforehand" in page


def test_an_endpoint_without_a_test_leaves_all_tests_to_the_family(folder):
    results = declared(folder, "nll")
    assert uncorrected(results) == set()
    words = "endpoint, <code>nll</code>, is a number without a test; all tests form one family"
    assert words in said(render(results))


def test_inheritance_is_the_primary_endpoint_where_it_is_declared(folder):
    results = declared(folder, "inheritance/dd_ceir")
    assert uncorrected(results) == {("planted", "dd_ceir")}
    page = said(render(results))
    assert "Primary endpoint: DD-CEIR of planted" in page
    assert "The primary endpoint is declared beforehand" in page
