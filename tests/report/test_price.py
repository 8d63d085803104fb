"""The section on choices made on clean data: its numbers, its shape, and when there is none."""

import math

import pytest

from mtkd.report.numbers import MISSING
from mtkd.report.page import render
from mtkd.report.price import price
from mtkd.report.worst import worst_table
from mtkd.results import SCALED, STUDENT, score_study
from tests.report.synthetic import CLEAN, NOISE, OOD, Synthetic

BLUR = {"name": "blur@1", "kind": "shift", "shift": "blur", "severity": 1}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return score_study(Synthetic(folder, domains=(CLEAN, NOISE, BLUR, OOD)).write())


def tables(results):
    found = price(results)
    return {table.name: table for table in [*found.tables, found.worst, found.numbers]}


def test_every_domain_and_student_has_a_line_of_numbers(results):
    lines = tables(results)["price-all"].lines
    assert len(lines) == len(results.study.domains) * len(results.groups)
    group = results.groups[0]
    line = next(one for one in lines if one.head == f"gaussian_noise@3 · {group.label}")
    shown = [cell.text for cell in line.cells]
    assert shown[0] == "120"
    risk = results.mean(group, STUDENT, "gaussian_noise@3", "price/risk")
    assert shown[6] == f"{risk:.3f}"
    calibration = results.mean(group, SCALED, "gaussian_noise@3", "ece")
    assert shown[3] == f"{calibration:.3f}"
    assert shown[8] == "0 of 1"


def test_without_labels_only_what_is_accepted_is_told(results):
    lines = [one for one in tables(results)["price-all"].lines if one.head.startswith("inverted")]
    for line in lines:
        told = [place for place, cell in enumerate(line.cells) if cell.text != MISSING]
        assert told == [0, 5, 9]


def test_the_longer_list_goes_downwards(results, tmp_path):
    few = tables(results)["price-risk"]
    assert [title for title, _ in few.columns] == ["clean", "gaussian_noise@3", "blur@1"]
    assert [line.tag for line in few.lines] == [group.tag for group in results.groups]
    many = [NOISE | {"name": f"gaussian_noise@{n}", "severity": n} for n in range(1, 8)]
    long = score_study(Synthetic(tmp_path, domains=(CLEAN, *many)).write())
    turned = tables(long)["price-risk"]
    assert [line.head for line in turned.lines] == [domain.name for domain in long.study.domains]
    assert [title.split()[0] for title, _ in turned.columns] == [g.tag for g in long.groups]
    group = long.groups[1]
    excess = long.mean(group, STUDENT, "gaussian_noise@4", "price/risk_excess")
    assert float(turned.lines[4].cells[1].sort) == pytest.approx(excess, rel=1e-4)


def test_worst_is_the_worst_of_the_shifted_domains(results):
    table = worst_table(results)
    titles = [title for title, _ in table.columns]
    assert titles == ["accuracy", "CWR", "DD-CEIR", "ECE", "risk"]
    for line, group in zip(table.lines, results.groups, strict=True):
        for title, model, metric, pick in (
            ("accuracy", STUDENT, "accuracy", min),
            ("CWR", STUDENT, "confident_wrong_rate", max),
            ("ECE", SCALED, "ece", max),
        ):
            names = ("gaussian_noise@3", "blur@1")
            value = pick(results.mean(group, model, name, metric) for name in names)
            cell = line.cells[titles.index(title)]
            assert float(cell.sort) == pytest.approx(value, rel=1e-4)
            clean = results.mean(group, model, "clean", metric)
            assert cell.text.endswith(f"({clean:.3f})")
            assert "n = 120" in cell.note


def test_inheritance_of_few_mistakes_is_not_called_the_worst(tmp_path):
    # 12 items of four classes: the teacher cannot have 20 confident mistakes.
    small = score_study(Synthetic(tmp_path, items=12, domains=(CLEAN, NOISE)).write())
    column = [title for title, _ in worst_table(small).columns].index("DD-CEIR")
    assert {line.cells[column].text for line in worst_table(small).lines} == {MISSING}


def test_stands_on_the_page_with_its_n(results):
    page = render(results)
    assert 'id="unforeseen"' in page
    assert 'href="#unforeseen"' in page
    assert "What the clean threshold lets through" in page
    assert "surely broken in" in page


def test_clean_items_alone_have_no_price(tmp_path):
    alone = score_study(Synthetic(tmp_path, domains=(CLEAN,)).write())
    assert price(alone) is None
    assert 'id="unforeseen"' not in render(alone)


def test_nonsense_alone_has_no_worst_case_and_no_matrix(tmp_path):
    outside = price(score_study(Synthetic(tmp_path, domains=(CLEAN, OOD)).write()))
    assert outside.worst is None
    (escaped,) = outside.tables
    assert escaped.name == "price-escapes"
    assert [title for title, _ in escaped.columns] == ["inverted"]
    below = outside.numbers.lines[len(escaped.lines) :]
    assert [line.cells[0].sort for line in escaped.lines] == [line.cells[9].sort for line in below]
    assert outside.picture is None
    accepted = [float(line.cells[9].sort) for line in outside.numbers.lines]
    assert all(0 <= share <= 1 and not math.isnan(share) for share in accepted)
