"""Fixture I: two teachers, student and control, against independent implementations."""

import math

import pytest

import mtkd.metrics as m
from tests.metrics.worlds import (
    close,
    reference_cell,
    reference_models,
    value_at,
)

# key in inheritance/I/<teacher>, and the same from a prepared comparison
STATISTICS = {
    "ceir_student": lambda c: m.ceir(c.student),
    "ceir_control": lambda c: m.ceir(c.control),
    "ceir_excess": m.excess_ceir,
    "normalised_excess": m.normalised_excess,
    "attributable_fraction": m.attributable_fraction,
    "corrected": lambda c: m.fates(c.student)["corrected"],
    "other_wrong": lambda c: m.fates(c.student)["other_wrong"],
    "twm_mean": m.transferred_wrong_mass,
    "twm_confidence_weighted": m.weighted_transferred_wrong_mass,
    "twm_confidently_wrong": lambda c: m.transferred_wrong_mass(c, "confident_wrong"),
    "beta_wrong": m.inheritance_slope,
    "beta_right": lambda c: m.inheritance_slope(c, "right"),
    "beta_vec_wrong": m.inheritance_slope_vector,
    "beta_vec_right": lambda c: m.inheritance_slope_vector(c, "right"),
    "asymmetry_vec": m.slope_asymmetry,
    "same_wrong_given_both_wrong_student": lambda c: m.same_wrong_agreement(c.student),
    "same_wrong_given_both_wrong_control": lambda c: m.same_wrong_agreement(c.control),
    "spearman_ct_ps_on_wrong": lambda c: m.confidence_coupling(c.student),
    "spearman_ct_pc_on_wrong": lambda c: m.confidence_coupling(c.control),
    "confident_wrong_rate_student": lambda c: rate(c.student.model),
    "confident_wrong_rate_control": lambda c: rate(c.control.model),
    "confident_wrong_rate_teacher": lambda c: rate(c.teacher),
    "neg_flip_vs_teacher": lambda c: m.negative_flip_rate(c.teacher, c.student.model),
    "pos_flip_vs_teacher": lambda c: m.positive_flip_rate(c.teacher, c.student.model),
    "neg_flip_vs_control": lambda c: m.negative_flip_rate(c.control.model, c.student.model),
    "top1_agreement_student": lambda c: m.top1_agreement(c.student),
    "top1_agreement_control": lambda c: m.top1_agreement(c.control),
}
COUNTS = {
    "n_teacher_wrong": m.transferred_wrong_mass,
    "n_teacher_confidently_wrong": m.excess_ceir,
    "n_both_wrong_student": lambda c: m.same_wrong_agreement(c.student),
    "n_both_wrong_control": lambda c: m.same_wrong_agreement(c.control),
}


def rate(model):
    return m.confident_wrong_rate(model.probs, model.labels)


@pytest.mark.parametrize("teacher", ["teacher1", "teacher2"])
class TestOneTeacher:
    @pytest.mark.parametrize("key", STATISTICS)
    def test_statistic(self, teacher, key):
        close(STATISTICS[key](reference_cell(teacher)), value_at(["inheritance/I", teacher, key]))

    @pytest.mark.parametrize("key", COUNTS)
    def test_count(self, teacher, key):
        found = COUNTS[key](reference_cell(teacher)).n
        assert found == value_at(["inheritance/I", teacher, key])

    def test_following_at_any_confidence(self, teacher):
        fates = m.fates(reference_cell(teacher).student)
        found = fates["inherited_confident"].value + fates["inherited_unsure"].value
        expected = value_at(["inheritance/I", teacher, "inherited_any_confidence"])
        assert found == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize("side", ["student", "control"])
    def test_similarity_agrees_with_lm_sim_and_sklearn(self, teacher, side):
        cell = reference_cell(teacher)
        pair = cell.student if side == "student" else cell.control
        at = ["inheritance/I", f"{teacher}/similarity/{side}"]
        close(m.error_consistency(pair), value_at([*at, "error_consistency_lmsim"]))
        close(m.error_consistency(pair), value_at([*at, "error_consistency_sklearn"]))
        close(m.capa(pair), value_at([*at, "capa_prob_lmsim"]))

    def test_mcnemar_and_wilson(self, teacher):
        cell, at = reference_cell(teacher), ["inheritance/I", teacher]
        inside = cell.student.confident_wrong
        student = (cell.student.follows & cell.student.sure)[inside]
        control = (cell.control.follows & cell.control.sure)[inside]
        assert (student & ~control).sum() == value_at([*at, "mcnemar_b"])
        assert (control & ~student).sum() == value_at([*at, "mcnemar_c"])
        close(m.mcnemar_exact(student, control), value_at([*at, "mcnemar_exact_two_sided"]))
        close(
            m.mcnemar_exact(student, control, "greater"), value_at([*at, "mcnemar_exact_greater"])
        )
        interval = m.wilson(int(student.sum()), len(student))
        expected = value_at([*at, "ceir_wilson95"])
        assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("side", ["student", "control"])
def test_predictive_kl(side):
    cell = reference_cell("teacher1")
    pair = cell.student if side == "student" else cell.control
    key = f"predictive_kl_teacher1_{side}"
    close(m.predictive_kl(pair), value_at(["inheritance/I", "fidelity", key]))


def test_no_confident_error_gives_nan_with_n_zero():
    models = reference_models()
    teacher = models["teacher1"]
    cell = m.Inheritance(
        m.Pair(teacher, models["student"], 0.999), m.Pair(teacher, models["control"], 0.999)
    )
    for found in (m.ceir(cell.student), m.excess_ceir(cell), m.fates(cell.student)["corrected"]):
        assert found.n == 0
        assert math.isnan(found.value)
