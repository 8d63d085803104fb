"""The double difference over seeds, and other statistics through the same bootstrap."""

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import TAU, random_cell, random_probs


class TestEndpoint:
    def models(self):
        """Six students and controls on 80 items, and two teachers with the same labels."""
        rng = np.random.default_rng(8)
        labels = rng.integers(0, 4, 80)
        return [random_probs(rng, 80, 4) for _ in range(14)], labels

    def test_it_is_the_mean_of_the_double_difference(self):
        probs, labels = self.models()
        students, controls, (teacher, placebo) = probs[:6], probs[6:12], probs[12:]
        found = m.dd_ceir_interval(students, controls, teacher, placebo, labels, TAU)
        cells = [
            [m.Inheritance.from_probs(source, student, control, labels, TAU)
             for student, control in zip(students, controls, strict=True)]
            for source in (teacher, placebo)
        ]  # fmt: skip
        values = [m.dd_ceir(*pair).value for pair in zip(*cells, strict=True)]
        assert found.per_seed == pytest.approx(values)
        assert found.metric.value == pytest.approx(np.mean(values))
        assert found.counts == tuple(m.excess_ceir(cell[0]).n for cell in cells)
        assert found.low < found.metric.value < found.high
        again = m.dd_ceir_estimate(*cells)
        assert (again.low, again.high, again.dropped) == (found.low, found.high, found.dropped)
        other = m.dd_ceir_estimate(*cells, seed=1)
        assert other.metric == again.metric
        assert (other.low, other.high) != (found.low, found.high)
        assert "teachers fixed" in found.metric.convention
        assert "teachers differ between seeds" in again.metric.convention

    def test_a_copied_teacher_is_seen_and_its_placebo_is_not(self):
        probs, labels = self.models()
        controls, (teacher, placebo) = probs[6:12], probs[12:]
        students = [0.95 * teacher + 0.05 * control for control in controls]
        real = m.dd_ceir_interval(students, controls, teacher, placebo, labels, TAU)
        assert real.low > 0.3
        assert real.p_value.value == pytest.approx(2 / 2**6)
        swapped = m.dd_ceir_interval(students, controls, placebo, teacher, labels, TAU)
        assert swapped.per_seed == pytest.approx([-value for value in real.per_seed])

    def test_every_student_needs_its_control(self):
        probs, labels = self.models()
        with pytest.raises(ValueError, match="control of its own seed, got 2 students and 1"):
            m.dd_ceir_interval(probs[:2], probs[:1], probs[12], probs[13], labels)


def test_asymmetry_goes_through_the_same_bootstrap():
    cells = [random_cell(seed) for seed in (50, 50, 50)]
    found = m.crossed_interval(
        [m.inheritance_slope_vector_items(cell, "wrong") for cell in cells],
        [m.inheritance_slope_vector_items(cell, "right") for cell in cells],
    )
    assert found.metric.value == pytest.approx(m.slope_asymmetry(cells[0]).value)
    assert found.low < found.metric.value < found.high
