"""What a loss says about itself: attributes, docstring, formula, memory."""

import inspect

import pytest
import torch

from mtkd.losses import CorrelationKD, Divergence, ForwardKL, StandardizedKL, TemperatureMatching

from .cases import CLASSES_TO_USE, LOSSES, NEVER_MORE_WHEN_POOLED, each, random_case


@each(LOSSES)
def test_row_wise_is_what_it_says(loss):
    student, teacher, labels = (
        part[..., 0, :] if part.ndim > 2 else part[:, 0] for part in random_case()
    )
    student.requires_grad_()
    value = loss(student, teacher, labels)[..., 1:]
    (reach,) = torch.autograd.grad(value.sum(), student)
    moved = torch.cat([student[:1] * -2 + 1, student[1:]])
    same_value = torch.equal(loss(moved, teacher, labels)[..., 1:], value)
    assert (same_value, bool((reach[0] == 0).all())) == (loss.row_wise, loss.row_wise)
    assert (reach[1:] != 0).any()


def test_only_the_batch_part_of_correlation_looks_at_other_positions():
    assert [loss for loss in LOSSES if not loss.row_wise] == [
        loss for loss in LOSSES if isinstance(loss, CorrelationKD) and loss.batch_weight > 0
    ]


@each(NEVER_MORE_WHEN_POOLED)
def test_pooling_classes_never_makes_them_easier_to_tell_apart(loss):
    student, teacher, labels = random_case(seed=3)
    pooled = [
        torch.cat([part[..., :2], part[..., 2:].logsumexp(-1, keepdim=True)], dim=-1)
        for part in (student, teacher)
    ]
    assert loss.coarse
    apart = loss(student, teacher, labels) - loss(*pooled, labels)
    assert (apart > -1e-12).all()
    assert (apart > 1e-3).any()


def test_coarse_is_claimed_only_by_sums_over_outcomes():
    not_coarse = {type(loss).__name__ for loss in LOSSES if not loss.coarse}
    assert not_coarse == {
        *("AdaptiveKL", "CorrelationKD", "DecoupledKD", "LogitMSE", "NormalizedKD"),
        *("SortedL1", "StandardizedKL", "TemperatureMatching"),
    }


@pytest.mark.parametrize("cls", CLASSES_TO_USE)
def test_what_is_not_coarse_or_not_row_wise_says_so(cls):
    text = inspect.getdoc(cls)
    assert ("`coarse` is False" in text) == (not cls().coarse)
    assert ("`row_wise` is False" in text) == (not cls().row_wise)


def test_default_temperatures_are_those_of_the_papers():
    defaults = {cls.__name__: cls().temperature for cls in CLASSES_TO_USE if cls().temperature != 1}
    assert defaults == {"DecoupledKD": 4.0, "StandardizedKL": 2.0, "TemperatureMatching": 4.0}


@pytest.mark.parametrize("cls", CLASSES_TO_USE)
def test_keeps_few_tensors_of_the_size_of_the_classes(cls):
    student, teacher = torch.randn(2, 4, 1000)
    student.requires_grad_()
    kept: set[int] = set()

    def keep(saved):
        if saved.numel() >= student.numel():
            kept.add(saved.untyped_storage().data_ptr())
        return saved

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
        value = cls()(student, teacher, torch.zeros(4, dtype=torch.int64))
    assert value.requires_grad
    assert 1 <= len(kept) <= 9


def test_formulas_are_short_and_tell_the_losses_apart():
    formulas = [loss.formula for loss in LOSSES]
    assert len(set(formulas)) == len(formulas)
    assert all(0 < len(formula) < 90 for formula in formulas)
    assert ForwardKL().formula == "KL(p || q)"
    assert ForwardKL(2.0).formula == "T^2 KL(p_T || q_T), T = 2"
    assert TemperatureMatching(2.0).formula == "KL(p_T || q), T = 2"
    assert StandardizedKL().formula == "T^2 KL(p_T || q_T) of standardised logits, T = 2"


def test_a_users_divergence_needs_one_method():
    class HalfSquare(Divergence):
        def divergence(self, student_log_probs, teacher_log_probs):
            return (student_log_probs.exp() - teacher_log_probs.exp()).square().sum(-1) / 2

    student, teacher, labels = random_case()
    assert HalfSquare(temperature=2.0).formula == "T^2 HalfSquare(p_T, q_T), T = 2"
    gap = (student / 2).softmax(-1) - (teacher / 2).softmax(-1)
    torch.testing.assert_close(
        HalfSquare(temperature=2.0)(student, teacher, labels), 4 * gap.square().sum(-1) / 2
    )
