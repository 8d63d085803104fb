"""Arithmetic every exported rule must keep, and the claims it makes about itself."""

import pytest
import torch

from tests.weighting.rules import CLASSES, RULES, TEACHERS, WIDTH, batch, build

close = torch.testing.assert_close
every_rule = pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.__name__)


@every_rule
class TestArithmetic:
    def test_is_float32_for_half_precision_and_float64_for_double(self, cls):
        half = batch(8, dtype=torch.bfloat16)
        single = [each.float() if each.is_floating_point() else each for each in half]
        assert build(cls)(*batch(8)).dtype == torch.float64
        assert build(cls)(*half).dtype == torch.float32
        close(build(cls)(*half), build(cls)(*single))

    def test_does_not_lose_precision_under_autocast(self, cls):
        data, weighting = batch(8, dtype=torch.float32), build(cls)
        with torch.autocast("cpu", torch.bfloat16):
            weights = weighting(*data)
        close(weights, weighting(*data), rtol=1e-5, atol=1e-6)

    def test_does_not_change_when_logits_are_shifted(self, cls):
        data = batch(8)
        shifted = data._replace(student=data.student + 3, teachers=data.teachers - 5)
        close(build(cls)(*shifted), build(cls)(*data))

    def test_sends_no_gradient_to_the_student(self, cls):
        student, teachers, labels, hidden = batch(8, dtype=torch.float32)
        student.requires_grad_()
        hidden.requires_grad_()
        weighting = build(cls)
        for weights in (
            weighting(student, teachers, labels, hidden),
            weighting.weights(weighting.evidence(student, teachers, labels, hidden)),
        ):
            assert weights.requires_grad == weighting.learns
            if weighting.learns:
                (weights * torch.arange(24.0).reshape(3, 8)).sum().backward()
            assert student.grad is None
            assert hidden.grad is None

    def test_leaves_the_global_generator_alone(self, cls):
        before = torch.random.get_rng_state()
        weighting = build(cls)
        weighting(*batch(8))
        weighting.select(*batch(8)[::3])
        assert torch.equal(torch.random.get_rng_state(), before)


@every_rule
class TestClaims:
    def test_labels_matter_exactly_if_needed(self, cls):
        data, weighting = batch(8), build(cls)
        other = data._replace(labels=(data.labels + 1) % CLASSES)
        same = torch.equal(weighting(*data), weighting(*other))
        assert same == (not weighting.needs_labels or weighting.learns)

    def test_the_hidden_state_matters_exactly_if_needed(self, cls):
        data, weighting = batch(8), build(cls)
        if weighting.needs_hidden:
            other = weighting(*data._replace(hidden=data.hidden.flip(0)))
            assert not torch.equal(other, weighting(*data))
            with pytest.raises(ValueError, match="needs the student's hidden state, got None"):
                weighting(*data[:3])
        else:
            close(weighting(*data[:3]), weighting(*data))

    def test_the_teachers_are_read_exactly_if_needed(self, cls):
        data, weighting = batch(8), build(cls)
        expected = weighting(*data)
        other = data._replace(teachers=data.teachers.roll(1, -1).roll(1, 1))
        assert torch.equal(weighting(*other), expected) == (not weighting.needs_teachers)
        if not weighting.needs_teachers:
            stand_in = data._replace(teachers=data.student.unsqueeze(0))
            close(weighting.weights(weighting.evidence(*stand_in)), expected)

    def test_only_learned_rules_have_parameters_and_a_loss(self, cls):
        weighting = build(cls)
        weights = weighting(*batch(8, dtype=torch.float32))
        own = weighting.own_loss(weights, -torch.ones(3, 8), None, None)
        assert bool(list(weighting.parameters())) == weighting.learns
        assert (own is not None) == weighting.learns

    def test_an_unlabelled_position_raises_exactly_if_labels_are_needed(self, cls):
        data, weighting = batch(4), build(cls)
        data.labels[2] = -1
        if weighting.needs_labels:
            with pytest.raises(ValueError, match="needs a label at every position, got -1; leave"):
                weighting(*data)
        else:
            weighting(*data)

    def test_the_formula_is_one_line_and_not_the_class_name(self, cls):
        formula = build(cls).formula
        assert formula.startswith("w = ")
        assert cls.__name__ not in formula
        assert "\n" not in formula

    def test_preparing_again_changes_nothing(self, cls):
        weighting = build(cls)
        before = weighting(*batch(8))
        weighting.prepare(list(TEACHERS), WIDTH)
        assert torch.equal(weighting(*batch(8)), before)
        with pytest.raises(ValueError, match="was prepared for small, medium, large, got other"):
            weighting.prepare(["other"], WIDTH)

    def test_an_unknown_granularity_raises(self, cls):
        with pytest.raises(ValueError, match="position, example, batch; got 'token'"):
            build(cls, granularity="token")
