"""A run of language models: what differs from classifiers, by hand, and on the page."""

import json
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from mtkd.predictions import Predictions
from mtkd.report import build
from mtkd.report.costs import cost_tables
from mtkd.report.numbers import MISSING
from mtkd.results import score_study
from mtkd.token_predictions import NEAR, TokenPredictions, load_predictions
from tests.report.synthetic import CLEAN, Synthetic

CORE = {"name": "core", "kind": "shift", "shift": "core", "severity": None}
CLASSES, TAU, EACH = 12, 0.5, 4
CELL = "trials/forward_kl-uniform-planted-0"


@dataclass
class Tokens(Synthetic):
    """The synthetic run with every item a token, four to a sequence."""

    classes: int = CLASSES
    domains: tuple[dict, ...] = (CLEAN, CORE)

    def _predict(self, folder, model, seed, repeats):
        super()._predict(folder, model, seed, repeats)
        for path in (folder / "predictions").glob("*.npz"):
            said = Predictions.load(path)
            order = np.argsort(-said.log_probs, axis=1)
            rows = np.arange(len(said))
            label = said.log_probs[rows, said.labels]
            ranks = (said.log_probs > label[:, None]).sum(1).astype(np.int32)
            if model in self.teachers:  # every other error of a teacher is far off
                ranks[(ranks > 0) & (rows % 2 == 0)] = NEAR + 1
            risks = {}
            if model == "student" and repeats:
                risks = {"coverage_risk/planted": rows / 7, "likelihood_risk/planted": rows / 9}
            TokenPredictions(
                said.ids,
                said.labels,
                rows // EACH,
                order.astype(np.int32),
                np.take_along_axis(said.log_probs, order, 1),
                label,
                ranks,
                CLASSES,
                {name: values.astype(np.float32) for name, values in risks.items()},
            ).save(path)

    def _trial(self, *given, **named):
        entry = super()._trial(*given, **named)
        cost = {"steps": 10, "seconds": 2.0, "step_flop": 1e9, "step_flop_live": 3e9}
        (self.folder / entry["folder"] / "result.json").write_text(json.dumps(cost))
        return entry


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = Tokens(tmp_path_factory.mktemp("run")).write()
    index = json.loads((made / "study.json").read_text())
    (made / "study.json").write_text(json.dumps(index | {"tau": TAU}))
    return made


@pytest.fixture(scope="module")
def results(folder):
    return score_study(folder, 1)


def said(folder, name, domain="clean"):
    return load_predictions(folder / name / "predictions" / f"{domain}.npz")


def group_of(results, committee):
    return next(g for g in results.groups if g.role == "cell" and g.committee == committee)


def test_quality_is_that_of_the_whole_vocabulary(folder, results):
    student = said(folder, CELL)
    trial = group_of(results, ("planted",)).trials[0].id
    nll = results.value(trial, "student", "clean", "nll")
    assert nll == pytest.approx(-student.label_log_probs.mean(), rel=1e-5)
    accuracy = results.value(trial, "student", "clean", "accuracy")
    assert accuracy == pytest.approx((student.label_ranks == 0).mean())


def test_what_was_gained_over_labels_only_is_a_mean_over_seeds(folder, results):
    by_seed = []
    for seed in (0, 1):
        student, control = (
            said(folder, f"trials/{name}-{seed}", "core")
            for name in ("forward_kl-uniform-planted", "labels_only")
        )
        by_seed.append((control.label_log_probs - student.label_log_probs).mean())
    found = results.estimate(group_of(results, ("planted",)), "", "core", "nll_difference")
    assert found.value == pytest.approx(np.mean(by_seed), rel=1e-4)
    assert found.per_seed == pytest.approx(by_seed, rel=1e-4)
    assert found.low < found.value < found.high


def test_risks_are_means_and_their_intervals_resample_sequences(results):
    group = group_of(results, ("planted",))
    found = results.estimate(group, "", "clean", "coverage_risk")
    rows = np.arange(120) / 7
    assert found.value == pytest.approx(rows.mean(), rel=1e-5)
    # Thirty sequences of neighbours vary as much as single tokens: resampling tokens would
    # give an interval half as wide.
    wide = 2 * 1.96 * rows.reshape(-1, EACH).mean(1).std() / np.sqrt(len(rows) / EACH)
    assert found.high - found.low == pytest.approx(wide, rel=0.35)


def test_far_errors_leave_out_those_whose_reference_is_near(folder, results):
    teacher, student = said(folder, "teachers/planted-0123456789"), said(folder, CELL)
    control = said(folder, "trials/labels_only-0")
    wrong = teacher.label_ranks >= NEAR
    confident = np.exp(teacher.log_probs[:, 0]) >= TAU
    far = wrong & confident

    def repeats(model):
        same = model.classes[:, 0] == teacher.classes[:, 0]
        return (same & (np.exp(model.log_probs[:, 0]) >= TAU))[far].mean()

    trial = group_of(results, ("planted",)).trials[0].id
    name = "inheritance/planted/ceir_far"
    assert results.items(trial, "student", "clean", name) == far.sum() > 0
    assert results.value(trial, "student", "clean", name) == pytest.approx(repeats(student))
    excess = results.value(trial, "student", "clean", "inheritance/planted/excess_ceir_far")
    assert excess == pytest.approx(repeats(student) - repeats(control))


def test_the_endpoint_is_inherited_by_the_student_of_the_planted_teacher(results):
    planted, clean = (group_of(results, who) for who in (("planted",), ("clean",)))
    assert results.estimate(planted, "planted", "clean", "dd_ceir").low > 0.2
    assert abs(results.estimate(clean, "planted", "clean", "dd_ceir").value) < 0.2


def test_what_is_not_known_of_the_cost_is_a_dash(results):
    costs = {trial: cost | {"step_flop_live": math.nan} for trial, cost in results.costs.items()}
    (table,) = cost_tables(replace(results, costs=costs), results.groups)
    assert {line.cells[2].text for line in table.lines} == {MISSING}
    assert MISSING not in {line.cells[1].text for line in table.lines}


@pytest.mark.parametrize(
    ("step", "unit", "ran", "live"),
    [
        (2e3, "MFLOP", "0.02", "0.06"),
        (3e5, "MFLOP", "3.00", "9.00"),
        (4e7, "GFLOP", "0.40", "1.20"),
        (5e20, "EFLOP", "5000.00", "15000.00"),
    ],
)
def test_the_largest_cost_chooses_the_unit(results, step, unit, ran, live):
    costs = {
        trial: cost | {"step_flop": step, "step_flop_live": 3 * step}
        for trial, cost in results.costs.items()
    }
    (table,) = cost_tables(replace(results, costs=costs), results.groups)
    assert [name for name, _ in table.columns[1:3]] == [unit, f"{unit} live"]
    assert {tuple(cell.text for cell in line.cells[1:3]) for line in table.lines} == {(ran, live)}


def test_the_page_shows_likelihood_cost_risks_and_the_picture(folder):
    page = build(folder, 1).read_text()
    for words in (
        'id="language"',
        'id="table-likelihood"',
        'id="table-cost"',
        'id="table-risks"',
        'id="table-far"',
        "What each student gained over labels alone",
        "Nats per token, the best cell",
    ):
        assert words in page
    assert "10.00" in page  # 10 steps of 1e9 operations, in units of 1e9
    assert page.count("<svg") > 2


def test_a_classifiers_page_has_none_of_it(tmp_path):
    page = build(Synthetic(tmp_path).write(), 1).read_text()
    assert 'id="language"' not in page
