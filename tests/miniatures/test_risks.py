"""The risks of f-distill at a reduced size."""

import pytest
import torch

from experiments.miniatures.risks import CONTEXTS, TOKENS, risks, teachers
from experiments.miniatures.tables import interval
from mtkd.functional import log_probs
from mtkd.losses import ForwardKL, ReverseKL

STEPS = 300


def test_reverse_kl_has_the_lower_likelihood_and_the_higher_coverage_risk():
    teacher = teachers(3)
    forward, reverse = (risks(teacher, loss, steps=STEPS) for loss in (ForwardKL(), ReverseKL()))
    for seed in range(3):
        assert reverse[0][seed] < forward[0][seed]
        assert reverse[1][seed] > forward[1][seed]


def test_a_student_that_can_follow_has_the_teachers_entropy_as_its_risks():
    """Reverse KL gets there last where the teacher says what the student does not yet say."""
    teacher = teachers(2)
    log_p = log_probs(teacher)
    entropy = -(log_p.exp() * log_p).sum(-1).mean(1)
    forward = risks(teacher, ForwardKL(), rank=TOKENS, steps=400)
    reverse = risks(teacher, ReverseKL(), rank=TOKENS, steps=600)
    for risk in (*forward, reverse[0]):
        torch.testing.assert_close(torch.tensor(risk), entropy, atol=0.05, rtol=0)
    torch.testing.assert_close(torch.tensor(reverse[1]), entropy, atol=0.5, rtol=0)


def test_each_context_has_its_own_answers():
    teacher = teachers(2)
    assert teacher.shape == (2, CONTEXTS, TOKENS)
    assert torch.equal(teacher[0], teachers(1)[0])
    assert not torch.equal(teacher[0], teacher[1])


def test_interval_by_hand():
    """n = 3, mean 2, standard deviation 1, t = 4.303."""
    assert interval([1.0, 2.0, 3.0]) == pytest.approx(
        (2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5)
    )
