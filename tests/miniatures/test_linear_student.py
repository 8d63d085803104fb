"""The linear-student toy at a reduced size: who makes the student overconfident."""

import numpy as np
import pytest
import torch

from experiments.miniatures.committee import SHARPNESS, UnsureFirst
from experiments.miniatures.fitting import Positions, fit
from experiments.miniatures.linear_student import taught
from experiments.miniatures.world import Shuffled, World
from mtkd.losses import ForwardKL, ReverseKL
from mtkd.recipe import Recipe
from mtkd.weighting import MinCrossEntropy, TeacherEntropy, Uniform

STEPS = 250


@pytest.fixture(scope="module")
def world():
    return World.drawn(2, items=5_000)


@pytest.fixture(scope="module")
def overconfident(world):
    return taught(world, [2.0], steps=STEPS)


def test_a_doubled_teacher_makes_an_overconfident_student(overconfident):
    """Published .122; per seed the research note found .091 to .128, lower where it is easy."""
    for ece, gap in zip(overconfident.ece, overconfident.gap, strict=True):
        assert 0.07 < ece < 0.15
        assert gap == pytest.approx(ece, abs=0.01)


def test_honest_teacher_and_labels_do_not(world):
    honest = taught(world, [1.0], steps=STEPS)
    labels = taught(world, [], hard_share=1.0, steps=STEPS)
    assert max(honest.ece) < 0.025
    assert max(labels.ece) < 0.04
    assert max(honest.divergence) < 1e-3


def test_direction_of_kl_changes_nothing_where_the_student_can_follow(world, overconfident):
    reverse = taught(world, [2.0], loss=ReverseKL(), steps=3 * STEPS)  # it is slower
    np.testing.assert_allclose(reverse.ece, overconfident.ece, atol=0.01)


def test_confidence_draws_weights_and_labels_do_not_help_a_single_choice(world):
    uniform = taught(world, SHARPNESS, steps=100)
    surest = taught(world, SHARPNESS, weighting=TeacherEntropy(), steps=100)
    unsure = taught(world, SHARPNESS, weighting=UnsureFirst(), steps=100)
    chosen = taught(world, SHARPNESS, weighting=MinCrossEntropy("position"), steps=100)
    assert uniform.weights == pytest.approx([1 / 3] * 3)
    assert unsure.weights[1] < uniform.weights[1] < surest.weights[1] < chosen.weights[1]
    assert chosen.weights[1] > 0.6


def test_students_beside_each_other_are_trained_as_if_alone():
    teacher = torch.randn(1, 2, 5, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.zeros(2, 5, dtype=torch.int64)

    def trained(rows):
        logits = torch.zeros(1, 2, 5, 3)[0, rows].requires_grad_()
        recipe = Recipe(ForwardKL(), Uniform(), hard_share=0.3)
        recipe.weighting.prepare(["teacher"])
        fit(
            [logits], lambda step: Positions(logits, teacher[:, rows], labels[rows]), recipe, 7, 0.1
        )
        return logits.detach()

    both = trained([0, 1])
    torch.testing.assert_close(both, torch.cat([trained([0]), trained([1])]))
    assert not torch.equal(both[0], both[1])


def test_an_epoch_sees_every_item_once_and_keeps_rows_together():
    world = World.drawn(2, items=512)
    shuffled = Shuffled(world)
    first, second = shuffled.batch(0), shuffled.batch(1)
    inputs = torch.cat([first[0], second[0]], dim=1)
    assert torch.equal(inputs.sort(dim=1).values, world.inputs[0].sort(dim=1).values)
    torch.testing.assert_close(first[1], first[0] @ world.truth.mT)
    assert not torch.equal(shuffled.batch(2)[0], first[0])
