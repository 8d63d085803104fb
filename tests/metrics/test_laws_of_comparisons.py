"""Laws that every exported comparison of models keeps, found by the names of its parameters."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.discovery import CALLABLES, same, taking
from tests.metrics.worlds import cell_subset, committee_subset, random_cell, random_models

PAIRS = taking("pair")
CELLS = taking("cell")
COMMITTEES = taking("committee") + [
    pytest.param(lambda c, f=f: f(c, c.student), id=f.__name__)
    for f in (m.unanimous_ceir, m.majority_ceir, m.blind_spot_rescue_rate)
]


def test_the_laws_found_their_metrics():
    assert [len(group) for group in (PAIRS, CELLS, COMMITTEES)] == [7, 9, 4]


def test_every_export_is_under_a_law_or_named_in_a_test():
    laws = {
        param.id
        for group in (taking("predictions", "truth"), taking("probs", "labels"), PAIRS, CELLS)
        for param in group
    }
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert set(m.__all__) - set(re.findall(r"\w+", text)) - laws - set(CALLS) == set()


@pytest.mark.parametrize("metric", PAIRS)
class TestEveryPairMetric:
    def test_nothing_gives_nan_with_n_zero(self, metric):
        empty = metric(cell_subset(random_cell(0), np.arange(0)).student)
        assert math.isnan(empty.value)
        assert empty.n == 0

    def test_row_order_does_not_matter(self, metric):
        cell = random_cell(5, step=0.1)
        rows = np.random.default_rng(0).permutation(len(cell.teacher))
        same(metric(cell.student), metric(cell_subset(cell, rows).student))


@pytest.mark.parametrize("metric", CELLS)
class TestEveryComparison:
    def test_no_teacher_error_gives_nan_with_n_zero(self, metric):
        cell = random_cell(6)
        right = np.flatnonzero(cell.teacher.correct)
        empty = metric(cell_subset(cell, right))
        assert math.isnan(empty.value)
        assert empty.n == 0

    def test_row_order_does_not_matter(self, metric):
        cell = random_cell(7, step=0.1)
        rows = np.random.default_rng(0).permutation(len(cell.teacher))
        same(metric(cell), metric(cell_subset(cell, rows)))

    def test_without_a_control_it_says_what_is_missing(self, metric):
        with pytest.raises(ValueError, match="compares with a control, and there is none"):
            metric(m.Inheritance(random_cell(8).student))

    def test_a_student_that_is_its_control_shows_no_effect(self, metric):
        pair = random_cell(9).student
        found = metric(m.Inheritance(pair, pair))
        assert found.value == pytest.approx(0, abs=1e-12)
        assert found.n > 0


@pytest.mark.parametrize("metric", COMMITTEES)
class TestEveryCommitteeMetric:
    def committee(self, n=60):
        first, second, third, student, control = random_models(10, models=5, n=n)
        return m.Committee([first, second, third], student, control, 0.4)

    def test_nothing_gives_nan_with_n_zero(self, metric):
        empty = metric(committee_subset(self.committee(), np.arange(0)))
        assert math.isnan(empty.value)
        assert empty.n == 0

    def test_row_order_does_not_matter(self, metric):
        committee = self.committee()
        rows = np.random.default_rng(0).permutation(60)
        same(metric(committee), metric(committee_subset(committee, rows)))

    def test_teacher_order_does_not_matter(self, metric):
        first = self.committee()
        turned = m.Committee(first.teachers[::-1], first.student, first.control, first.tau)
        same(metric(first), metric(turned))


TWINS = {
    "confident_wrong_items": lambda c: m.confident_wrong_rate(
        c.teacher.probs, c.teacher.labels, tau=0.6
    ),
    "same_wrong_items": lambda c: m.same_wrong_agreement(c.student),
    "negative_flip_items": lambda c: m.negative_flip_rate(c.teacher, c.student.model),
    "ceir_items": lambda c: m.ceir(c.student),
    "confident_together_items": lambda c: m.confident_together(c.teacher, c.student.model, 0.6),
    "confident_together_excess_items": lambda c: m.confident_together_excess(
        c.teacher, c.student.model, c.control.model, 0.6
    ),
    "removal_effect_items": lambda c: m.removal_effect(c.student, c.control),
}
CALLS = {
    "confident_wrong_items": lambda c: m.confident_wrong_items(c.teacher, 0.6),
    "same_wrong_items": lambda c: m.same_wrong_items(c.student),
    "negative_flip_items": lambda c: m.negative_flip_items(c.teacher, c.student.model),
    "ceir_items": lambda c: m.ceir_items(c.student),
    "confident_together_items": lambda c: m.confident_together_items(
        c.teacher, c.student.model, 0.6
    ),
    "confident_together_excess_items": lambda c: m.confident_together_excess_items(
        c.teacher, c.student.model, c.control.model, 0.6
    ),
    "removal_effect_items": lambda c: m.removal_effect_items(c.student, c.control),
}
for name in CALLABLES:
    if name.endswith("_items") and name.removesuffix("_items") in CALLABLES and name not in CALLS:
        TWINS[name], CALLS[name] = CALLABLES[name.removesuffix("_items")], CALLABLES[name]


@pytest.mark.parametrize("name", sorted(CALLS))
def test_contributions_add_up_to_the_metric(name):
    cell = random_cell(12, n=200)
    items = CALLS[name](cell)
    assert items.numerator.shape == items.denominator.shape == (200,)
    assert items.metric().n > 0
    same(items.metric(), TWINS[name](cell))


def test_all_contributions_are_checked_above_or_by_hand():
    by_hand = {"accuracy_difference_items", "confident_wrong_difference_items"}
    assert set(CALLS) | by_hand == {
        name for name in CALLABLES if name.endswith("_items") and name != "same_items"
    }


def test_differences_of_accuracy_and_of_confident_wrong_rates():
    cell = random_cell(13)
    student, control = cell.student.model, cell.control.model
    found = m.accuracy_difference_items(student, control).metric()
    assert found.value == pytest.approx(student.correct.mean() - control.correct.mean())
    found = m.confident_wrong_difference_items(student, control, 0.6).metric()
    rates = [(x.wrong & (x.confidence >= 0.6)).mean() for x in (student, control)]
    assert found.value == pytest.approx(rates[0] - rates[1])
    assert found.value != 0
