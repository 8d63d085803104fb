"""A loss of the wrong shape is told, wherever the objective calls it; shipped ones are not."""

import re

import pytest
import torch

from mtkd.functional import kl_divergence
from mtkd.losses import DistillationLoss, Divergence, ForwardKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal, top_k
from mtkd.weighting import Uniform

POSITIONS, CLASSES = 16, 10
ADVICE = "sum over the classes alone, and never average or sum over positions"


def user(change, slope=None):
    """A divergence of a user's own, `change` done to the distances."""

    class SymmetricKL(Divergence):
        def divergence(self, student_log_probs, teacher_log_probs):
            return change(kl_divergence(teacher_log_probs, student_log_probs))

    class Sloped(SymmetricKL):
        def divergence(self, student_log_probs, teacher_log_probs):
            return super().divergence(student_log_probs, teacher_log_probs)

        def with_slope(self, student, teacher):
            distance, found = ForwardKL().with_slope(student, teacher)
            return slope(change(distance), found)

    return SymmetricKL() if slope is None else Sloped()


def objective(loss, teachers=1, aggregation="distances", partial=False, chunk=512):
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(teachers + 1, POSITIONS, CLASSES, generator=rng)
    signals = [CompleteSignal(ModelOutput(logits=one)) for one in logits[1:]]
    if partial:
        signals[0] = top_k(logits[1], 3)
    student = ModelOutput(logits=logits[0].requires_grad_())
    labels = torch.zeros(POSITIONS, dtype=torch.int64)
    recipe = Recipe(loss, Uniform(), aggregation, chunk=chunk)
    examples = torch.arange(POSITIONS)
    return distillation_objective(student, signals, labels, examples, recipe)


WRONG = {
    "sum over positions": (lambda kl: kl.sum(-1, keepdim=True), "[2, 1]"),
    "mean over positions": (lambda kl: kl.mean(-1, keepdim=True), "[2, 1]"),
    "sum over teachers": (lambda kl: kl.sum(0, keepdim=True), "[1, 16]"),
    "mean": (lambda kl: kl.mean(), "[]"),
    "no teachers": (lambda kl: kl[0], "[16]"),
    "kept classes": (lambda kl: kl.unsqueeze(-1), "[2, 16, 1]"),
    "whole numbers": (lambda kl: kl.long(), "[2, 16] of int64"),
    "a number": (lambda kl: [0.5] * len(kl), "a list"),
}


@pytest.mark.parametrize("case", WRONG)
def test_another_shape_is_told(case):
    change, got = WRONG[case]
    loss = user(change)
    loss.forward = lambda student, teacher, labels: loss.divergence(
        student.log_softmax(-1), teacher.log_softmax(-1)
    )
    words = f"SymmetricKL returned {got}, expected one floating number for each teacher and "
    with pytest.raises(ValueError, match=re.escape(f"{words}position, [2, 16]; {ADVICE}")):
        objective(loss, teachers=2)


def test_one_teacher_and_a_sum_over_positions_does_not_train_with_another_factor():
    with pytest.raises(ValueError, match=r"returned \[1, 1\], expected .* \[1, 16\]"):
        objective(user(WRONG["sum over positions"][0]))


@pytest.mark.parametrize("aggregation", ["probabilities", "logits"])
def test_a_mixture_has_one_number_for_each_position(aggregation):
    with pytest.raises(ValueError, match=r"returned \[1\], .* for each position, \[16\]; sum"):
        objective(user(lambda kl: kl.sum(-1, keepdim=True)), 2, aggregation)


def test_a_partial_teacher_among_others():
    with pytest.raises(ValueError, match=r"returned \[1, 1\], .* position, \[1, 16\]; sum"):
        objective(user(lambda kl: kl.sum(-1, keepdim=True)), 2, partial=True)


@pytest.mark.parametrize("aggregation", ["distances", "probabilities"])
def test_a_slope_is_checked_too(aggregation):
    same = lambda kl: kl  # noqa: E731
    swapped = user(same, lambda distance, slope: (distance.sum(-1, keepdim=True), slope))
    with pytest.raises(ValueError, match=r"Sloped returned \[1\], .* each position, \[8\]; sum"):
        objective(swapped, 2, aggregation, chunk=8)
    summed = user(same, lambda distance, slope: (distance, slope.sum(-1)))
    with pytest.raises(ValueError, match=r"with_slope returned a slope \[8\], .* \[8, 10\]; or"):
        objective(summed, 2, aggregation, chunk=8)
    averaged = user(same, lambda distance, slope: (distance, slope.mean(0, keepdim=True)))
    with pytest.raises(ValueError, match=r"with_slope returned a slope \[1, 10\], .* \[8, 10\]"):
        objective(averaged, 2, aggregation, chunk=8)


def test_right_shapes_give_the_value_of_the_shipped_loss():
    expected = objective(ForwardKL(), 2).loss
    torch.testing.assert_close(objective(user(lambda kl: kl), 2).loss, expected)
    sloped = user(lambda kl: kl, lambda distance, slope: (distance, slope))
    torch.testing.assert_close(objective(sloped, 2, chunk=8).loss, expected)


def test_a_loss_that_looks_across_positions_passes():
    class Across(DistillationLoss):
        row_wise = False

        def forward(self, student_logits, teacher_logits, labels):
            kl = (student_logits - teacher_logits).square().sum(-1)
            return kl - kl.mean(-1, keepdim=True)

    assert objective(Across(), 2).loss.isfinite()
