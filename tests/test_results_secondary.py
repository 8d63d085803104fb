"""The secondary family: thresholds, likeness, nonsense, and what only seeds can tell, by hand."""

import json
import math

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.predictions import Predictions
from mtkd.results import score_study, thresholds
from mtkd.results.models import Opinions
from mtkd.results.values import CROSSED, OVER_SEEDS
from tests.report.synthetic import CLEAN, Synthetic

CELL = "forward_kl-uniform-planted"
SPECIAL = "forward_kl-uniform-planted+clean"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Synthetic(tmp_path_factory.mktemp("run"), seeds=3).write()


@pytest.fixture(scope="module")
def results(folder):
    return score_study(folder)


def read(folder, name, domain="clean"):
    said = Predictions.load(folder / name / "predictions" / f"{domain}.npz")
    probs = said.probs / said.probs.sum(1, keepdims=True)
    return m.Answers(probs) if (said.labels < 0).all() else m.Predictions(probs, said.labels)


def models(folder, domain="clean", seed=1, cell=CELL):
    """Planted, placebo, a student and its control."""
    teachers = (f"teachers/{name}-0123456789" for name in ("planted", "placebo"))
    students = (f"trials/{name}-{seed}" for name in (cell, "labels_only"))
    return [read(folder, name, domain) for name in (*teachers, *students)]


def ceir(teacher, model, tau, own):
    """Share of the teacher's errors of at least tau that a model repeats with at least its own."""
    rows = [i for i in range(len(teacher)) if teacher.wrong[i] and teacher.confidence[i] >= tau]
    same = [model.predicted[i] == teacher.predicted[i] for i in rows]
    sure = [model.confidence[i] >= own for i in rows]
    return sum(a and b for a, b in zip(same, sure, strict=True)) / len(rows)


@pytest.mark.parametrize("tau", [0.5, 0.7])
@pytest.mark.parametrize("domain", ["clean", "gaussian_noise@3"])
def test_inheritance_at_other_fixed_thresholds(folder, results, tau, domain):
    planted, placebo, student, control = models(folder, domain)
    at = (f"{CELL}-1", "student", domain)
    excess = ceir(planted, student, tau, tau) - ceir(planted, control, tau, tau)
    spurious = ceir(placebo, student, tau, tau) - ceir(placebo, control, tau, tau)
    named = f"inheritance/planted/{{}}@{tau:g}"
    assert results.value(*at, named.format("excess_ceir")) == pytest.approx(excess)
    assert results.value(*at, named.format("dd_ceir")) == pytest.approx(excess - spurious)
    assert math.isnan(results.value(*at, "inheritance/planted/ceir@0.9"))  # that is `ceir`


def test_inheritance_at_each_models_own_quantile(folder, results, monkeypatch):
    planted, _, student, control = models(folder)
    held_out = models(folder, "validation")
    monkeypatch.setattr(thresholds, "QUANTILE", 0.3)
    own = [np.quantile(held_out[i].confidence, 0.3) for i in (0, 2, 3)]
    assert len(set(own)) == 3
    opinions = [Opinions({"validation": held_out[i]}, {}) for i in (2, 3)]
    *fixed, last = thresholds.thresholds(0.9, held_out[0], *opinions)
    assert [one.name for one in (*fixed, last)] == ["0.5", "0.7", "q0.3"]
    cell = last.cell(planted, student, control)
    assert [cell.student.tau, cell.student.threshold, cell.control.threshold] == own
    found = thresholds.threshold_values(last.name, cell, None)
    repeated = ceir(planted, student, own[0], own[1])
    assert found["ceir@q0.3"].value == pytest.approx(repeated)
    excess = repeated - ceir(planted, control, own[0], own[2])
    assert found["excess_ceir@q0.3"].value == pytest.approx(excess)
    assert 0 < repeated < 1
    assert f"model's own tau {own[1]:g}" in found["ceir@q0.3"].convention


def test_a_teacher_whose_errors_are_below_its_own_quantile_has_none_that_count(folder, results):
    planted, *_ = models(folder)
    own = np.quantile(models(folder, "validation")[0].confidence, 0.8)
    assert not (planted.wrong & (planted.confidence >= own)).any()
    at = (f"{CELL}-1", "student", "clean", "inheritance/planted/dd_ceir@q0.8")
    assert math.isnan(results.value(*at))
    assert results.items(*at) == 0


def test_likeness_of_student_control_and_their_difference(folder, results):
    planted, _, student, control = models(folder)
    at = (f"{CELL}-1", "student", "clean")

    def kappa(model):
        a, b = planted.correct.mean(), model.correct.mean()
        chance = a * b + (1 - a) * (1 - b)
        return ((planted.correct == model.correct).mean() - chance) / (1 - chance)

    named = "inheritance/planted/{}error_consistency{}"
    assert results.value(*at, named.format("", "")) == pytest.approx(kappa(student))
    assert results.value(*at, named.format("control_", "")) == pytest.approx(kappa(control))
    excess = results.value(*at, named.format("", "_excess"))
    assert excess == pytest.approx(kappa(student) - kappa(control))
    assert excess > 0.2
    cell = m.Inheritance(m.Pair(planted, student), m.Pair(planted, control))
    for name, expected in (
        ("capa_excess", m.capa(cell.student).value - m.capa(cell.control).value),
        ("same_wrong_agreement", m.same_wrong_agreement(cell.student).value),
        ("predictive_kl", m.predictive_kl(cell.student).value),
        ("control_top1_agreement", (planted.predicted == control.predicted).mean()),
        ("slope_vector_right", m.inheritance_slope_vector(cell, "right").value),
        ("weighted_transferred_wrong_mass", m.weighted_transferred_wrong_mass(cell).value),
        ("negative_flip_rate", (planted.correct & student.wrong).mean()),
    ):
        found = results.value(*at, f"inheritance/planted/{name}")
        assert found == pytest.approx(expected, abs=1e-6), name
    flips = (control.correct & student.wrong).mean()
    assert results.value(*at, "negative_flip_rate_control") == pytest.approx(flips)


def test_what_is_one_number_a_seed_has_an_interval_over_seeds_alone(results):
    group = results.groups[0]
    named = "inheritance/planted/error_consistency_excess"
    values = [results.value(t.id, "student", "clean", named) for t in group.trials]
    found = results.estimate(group, "planted", "clean", "error_consistency_excess")
    expected = m.t_interval(values)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.p == m.sign_flip_test(values).value == 0.25
    assert found.method == OVER_SEEDS
    assert results.estimate(group, "planted", "clean", "dd_ceir").method == CROSSED


def test_the_family_reaches_estimates_and_is_corrected(results):
    group = results.groups[0]
    about = {(k.teacher, k.domain, k.statistic) for k in results.estimates if k.group == group.tag}
    wanted = {
        *(("planted", "clean", f"dd_ceir@{at}") for at in ("0.5", "0.7", "q0.8")),
        *(
            ("planted", "clean", name)
            for name in (
                "normalised_excess", "attributable_fraction", "weighted_transferred_wrong_mass",
                "slope_vector_wrong", "slope_vector_right", "slope_right", "same_wrong_excess",
                "error_consistency_excess", "capa_excess", "coupling_excess",
            )
        ),
        ("", "gaussian_noise@3", "shift_amplification"),
        ("planted", "inverted", "confident_together_excess"),
    }  # fmt: skip
    assert wanted <= about
    for teacher, domain, statistic in wanted:
        found = results.estimate(group, teacher, domain, statistic)
        assert math.isnan(found.p) or found.p_holm >= found.p


def test_nonsense_that_the_teacher_is_sure_of(folder, results):
    planted, _, student, control = models(folder, "inverted")
    tau = 0.5  # of the study below: nobody is sure of noise at .9
    study = (folder / "study.json").read_text()
    try:
        (folder / "study.json").write_text(study.replace('"tau": 0.9', f'"tau": {tau}'))
        found = score_study(folder)
    finally:
        (folder / "study.json").write_text(study)
    inside = planted.confidence >= tau
    assert inside.sum() > 5
    own, base = ((model.confidence >= tau)[inside].mean() for model in (student, control))
    at = (f"{CELL}-1", "student", "inverted")
    named = "inheritance/planted/{}"
    assert found.value(*at, named.format("confident_together")) == pytest.approx(own)
    excess = found.value(*at, named.format("confident_together_excess"))
    assert excess == pytest.approx(own - base)
    both = inside & (student.confidence >= tau)
    same = (planted.predicted == student.predicted)[both].mean()
    assert found.value(*at, named.format("same_confident_answer")) == pytest.approx(same)


def test_what_a_shift_added_beyond_the_control(folder, results):
    def rate(model):
        return (model.wrong & (model.confidence >= 0.9)).mean()

    found = []
    for cell, seed in [(CELL, 0), (CELL, 1), (CELL, 2), (SPECIAL, 0), (SPECIAL, 1), (SPECIAL, 2)]:
        _, _, *clean = models(folder, "clean", seed, cell)
        _, _, *noisy = models(folder, "gaussian_noise@3", seed, cell)
        added = [rate(after) - rate(before) for before, after in zip(clean, noisy, strict=True)]
        at = (f"{cell}-{seed}", "student", "gaussian_noise@3", "shift_amplification")
        found.append(results.value(*at))
        assert found[-1] == pytest.approx(added[0] - added[1])
    assert any(abs(value) > 0.001 for value in found)


def test_errors_that_teachers_share_and_blind_spots_of_one(folder, results):
    planted, _, student, control = models(folder, cell=SPECIAL)
    clean = read(folder, "teachers/clean-0123456789")
    at = (f"{SPECIAL}-1", "student", "clean")
    spots = planted.wrong & (planted.confidence >= 0.9) & clean.correct
    assert spots.sum() > 5
    rescued = results.value(*at, "blind_spot_rescue/planted")
    assert rescued == pytest.approx(student.correct[spots].mean())
    assert results.value(*at, "blind_spot_rescue_control/planted") == pytest.approx(
        control.correct[spots].mean()
    )
    sure = {name: said.wrong & (said.confidence >= 0.9) for name, said in
            (("planted", planted), ("clean", clean))}  # fmt: skip
    members = sure["planted"] | sure["clean"]
    together = members & (planted.predicted == clean.predicted)
    consensus = results.value(*at, "consensus_of_wrong")
    assert consensus == pytest.approx(together.sum() / members.sum())


def test_credit_counts_the_weight_a_teacher_had_in_the_second_half_of_training(tmp_path):
    made = Synthetic(tmp_path, seeds=1, domains=(CLEAN,), repeats={("planted", "clean"): 0.86})
    made.write()
    at = tmp_path / "trials" / f"{SPECIAL}-0" / "history.json"
    late = {"planted": 0.2, "clean": 0.8}
    series = {f"teacher/{name}/weight": [0.5, w - 0.1, w + 0.1] for name, w in late.items()}
    at.write_text(json.dumps({"step": [0, 10, 20], "series": series}))
    found = score_study(tmp_path)
    planted, clean, student, control = (
        read(tmp_path, name)
        for name in (
            *("teachers/planted-0123456789", "teachers/clean-0123456789"),
            *(f"trials/{SPECIAL}-0", "trials/labels_only-0"),
        )
    )
    given = {"planted": planted, "clean": clean}
    inherited = [
        i
        for i in np.flatnonzero(student.wrong & (student.confidence >= 0.9))
        if control.predicted[i] != (label := student.predicted[i])
        and label in (planted.predicted[i], clean.predicted[i])
    ]
    assert len(inherited) > 3

    def credit(weights):
        mass = {
            k: [weights[k] * said.probs[i, student.predicted[i]] for i in inherited]
            for k, said in given.items()
        }
        total = [a + b for a, b in zip(*mass.values(), strict=True)]
        return sum(part / whole for part, whole in zip(mass["planted"], total, strict=True))

    at = (f"{SPECIAL}-0", "student", "clean")
    equal = found.value(*at, "committee/credit/planted")
    assert equal == pytest.approx(credit(dict.fromkeys(late, 1)))
    weighed = found.value(*at, "committee/credit/planted/weighed")
    assert weighed == pytest.approx(credit(late))
    assert weighed < equal


def test_one_seed_has_an_exact_test_on_the_confident_errors(folder, results):
    planted, _, student, control = models(folder)
    rows = planted.wrong & (planted.confidence >= 0.9)
    hits = [
        ((model.predicted == planted.predicted) & (model.confidence >= 0.9))[rows]
        for model in (student, control)
    ]
    at = (f"{CELL}-1", "student", "clean", "inheritance/planted/mcnemar_p")
    assert results.value(*at) == m.mcnemar_exact(*hits).value < 0.05


def test_clean_items_have_the_whole_set_of_metrics(folder, results):
    student = models(folder)[2]
    at = (f"{CELL}-1", "student", "clean")
    for name, expected in m.model_metrics(student).items():
        found = results.value(*at, name)
        assert found == pytest.approx(expected.value, abs=1e-6, nan_ok=True), name
    for name in ("ece_sweep", "full_ece", "spiegelhalter_p", "smooth_ece", "augrc"):
        assert not math.isnan(results.value(*at, name)), name
    for name in ("ood_aupr_in", "ood_aupr_out", "ood_fpr95_ood_positive"):
        assert not math.isnan(results.value(f"{CELL}-1", "student", "inverted", name)), name
