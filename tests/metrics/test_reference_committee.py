"""Fixture I as a committee, and the seeds fixture, against independent implementations."""

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import FIXTURES, close, reference_committee, value_at


class TestCommittee:
    def test_error_taxonomy(self):
        known = value_at(["inheritance/I", "committee/student_confident_errors"])
        found = m.error_taxonomy(reference_committee())
        assert found["shared"].value == known["shared_with_control"]
        assert found["inherited"].value == known["inherited"]
        assert found["novel"].value == known["novel"]
        assert {metric.n for metric in found.values()} == {known["n"]}

    def test_sole_source(self):
        known = value_at(["inheritance/I", "committee/student_confident_errors"])
        first, second = m.sole_source(reference_committee())
        assert first.value == known["inherited_from_teacher1_only"]
        assert second.value == known["inherited_from_teacher2_only"]
        assert first.n - first.value - second.value == known["inherited_from_both"]

    def test_mass_proportional_credit(self):
        known = value_at(["inheritance/I", "committee/mass_proportional_credit(equal weights)"])
        found = [part.value for part in m.mass_proportional_credit(reference_committee())]
        assert found == pytest.approx(known["per_teacher_total"], abs=1e-9)
        assert sum(found) == pytest.approx(known["sums_to"], abs=1e-9)

    def test_joint_slopes_agree_with_statsmodels(self):
        path = "committee/joint_least_squares_beta(on union of teacher-wrong)"
        known = value_at(["inheritance/I", path])
        joint = m.joint_slopes(reference_committee())
        for source in ("numpy", "statsmodels"):
            found = [slope.value for slope in joint.slopes]
            assert found == pytest.approx(known[source], abs=1e-9)
        close(joint.condition, known["condition_number"])
        assert joint.condition.n == known["n_items"]
        assert joint.identifiable

    def test_blind_spots_and_unanimity(self):
        known = value_at(["inheritance/I", "committee/unanimous_vs_single"])
        committee = reference_committee()
        rescued = m.blind_spot_rescue_rate(committee, committee.student)
        assert rescued.n == known["n_single_teacher_wrong_other_right"]
        close(rescued, known["blind_spot_rescue_rate_student"])
        control = m.blind_spot_rescue_rate(committee, committee.control)
        close(control, known["blind_spot_rescue_rate_control"])
        unanimous = m.unanimous_ceir(committee, committee.student)
        close(unanimous, known["ceir_unanimous"])
        assert unanimous.n == known["n_unanimous_same_label"]


SEEDS = np.array(FIXTURES["seeds"]["excess_ceir_per_seed"])


class TestSeeds:
    def test_sign_flips(self):
        known = value_at(["inheritance/seeds", "sign_flip_exact"])
        close(m.sign_flip_test(SEEDS), known["two_sided"])
        close(m.sign_flip_test(SEEDS), known["scipy_permutation_two_sided"])
        close(m.sign_flip_test(SEEDS, "greater"), known["greater"])

    def test_smallest_p_value_of_each_number_of_seeds(self):
        known = value_at(["inheritance/seeds", "sign_flip_exact", "min_two_sided_p_by_n_seeds"])
        for seeds, expected in known.items():
            close(m.sign_flip_test(np.linspace(1, 2, int(seeds))), expected)

    def test_t_interval_and_test(self):
        known = value_at(["inheritance/seeds", "t_interval"])
        interval = m.t_interval(SEEDS)
        close(interval.metric, known["mean"])
        assert interval.low == pytest.approx(known["low"], abs=1e-9)
        assert interval.high == pytest.approx(known["high"], abs=1e-9)
        close(m.t_test(SEEDS), known["p"])

    def test_holm(self):
        known = value_at(["slices/S/holm"])
        smallest = known["smallest"]
        rest = [1.0] * (known["n_tests"] - len(smallest))
        found = m.holm([*rest, *(test["p"] for test in smallest)])[len(rest) :]
        assert found == pytest.approx([test["p_holm"] for test in smallest], abs=1e-9)
