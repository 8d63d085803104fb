"""What could not be measured is not said to be absent, and no sentence is about a dash."""

from dataclasses import replace

import numpy as np
import pytest

from mtkd.metrics import equal_width_bins
from mtkd.report.answer import answer
from mtkd.report.forest import forest
from mtkd.results import Key, Row, score_study
from tests.report.synthetic import Synthetic
from tests.report.test_answer import estimate, plain, with_estimates

NOTHING = (
    "planted is never confidently wrong on the clean items, so no such mistake can be repeated."
)
RATE = "the highest confident-wrong rate is"


class Doubting(Synthetic):
    """Its teacher `planted` is never as sure as tau."""

    def _plant(self, probs, model, labels, repeats):
        super()._plant(probs, model, labels, repeats)
        if model == "planted":
            probs += 0.05
            probs /= probs.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return score_study(Synthetic(tmp_path_factory.mktemp("run")).write())


@pytest.fixture(scope="module")
def doubting(tmp_path_factory):
    found = score_study(Doubting(tmp_path_factory.mktemp("doubting")).write())
    return replace(found, main=found.teachers()["planted"])


def marks(results):
    return {row["tag"]: row["mark"] for block in forest(results)["blocks"] for row in block["rows"]}


def test_a_teacher_without_confident_mistakes_is_said_to_have_none(doubting):
    finding, sentences = answer(doubting)
    assert plain([finding]) == [NOTHING]
    said = " ".join(plain(sentences))
    for about in ("Most in", "Least among", "never taught", "\N{EN DASH}"):
        assert about not in said


def test_a_cell_without_a_number_is_not_the_strongest(results):
    estimates = dict(results.estimates)
    for tag in ("C1", "C3", "K2"):
        key = Key(tag, "student", "planted", "clean", "dd_ceir")
        estimates[key] = estimate(float("nan"), float("nan"))
    said = " ".join(plain(answer(replace(results, estimates=estimates))[1]))
    assert "Most in planted+clean" in said
    assert "Least among" not in said
    assert "never taught" not in said


def test_less_confidence_is_counted_where_it_is_not_in_all(results):
    said = " ".join(plain(answer(with_estimates(results, planted__dd_ceir=(-0.1, 0.4)))[1]))
    assert "(transferred wrong mass): in 1 of 2 less confidence, not less error." in said


def under_shift(results, low, high, underpowered=False):
    """The sentence on shifts, with one interval for all cells."""
    estimates = dict(results.estimates)
    for tag in ("C1", "C2", "C3"):
        key = Key(tag, "student", "planted", "gaussian_noise@3", "dd_ceir")
        estimates[key] = replace(estimate(low, high), underpowered=underpowered)
    said = plain(answer(replace(results, estimates=estimates))[1])
    return next(one for one in said if one.startswith("Under shift, "))


def test_no_inheritance_under_shift_is_no_domain_where_it_shows_most(results):
    none = under_shift(results, -0.05, 0.05)
    assert none.startswith(f"Under shift, inheritance shows on no domain; {RATE}")
    some = under_shift(results, 0.1, 0.3)
    assert some.startswith("Under shift, inheritance shows in 3 of 3 cells on gaussian_noise@3, ")


@pytest.mark.parametrize(("ends", "few"), [((np.nan, np.nan), False), ((-0.05, 0.05), True)])
def test_too_few_mistakes_under_shift_tell_nothing(results, ends, few):
    told = "it cannot be told whether mistakes are inherited: too few are made with confidence"
    assert under_shift(results, *ends, few).startswith(f"Under shift, {told}; {RATE}")


def with_rates(results, own, control):
    """The results with another CEIR of the second cell and of its control."""
    changed = replace(results, rows=[], _values=dict(results._values))
    for trial in results.groups[1].trials:
        for name, value in (("ceir", own), ("control_ceir", control)):
            at = f"inheritance/planted/{name}"
            changed.add([Row(trial.id, "student", "clean", at, value, 20, "")])
    return changed


def test_a_control_that_repeats_everything_leaves_nothing_to_see(results):
    blind = with_rates(results, 1.0, 1.0)
    finding = plain(answer(blind)[:1])[0]
    assert finding.endswith(
        "1 stays open: planted+clean (because the control repeats all of them)."
    )
    assert marks(blind)["C2"].endswith("open, few: the control repeats all of them")
    assert marks(with_rates(results, 0.0, 1.0))["C2"].startswith("does not")


def test_models_that_are_never_sure_leave_nothing_to_see(results):
    unsure = equal_width_bins(np.full(5, 0.8), np.ones(5, dtype=bool), 15)
    sure = results.curves["K1"]
    curves = results.curves | {"C2": unsure, "C3": unsure, "K1": unsure}
    finding = plain(answer(replace(results, curves=curves))[:1])[0]
    assert "2 stay open" in finding
    assert finding.endswith("(because neither student nor control is ever sure enough).")
    assert marks(replace(results, curves=curves | {"K1": sure})) == marks(results)
