"""The loss between two vocabularies."""

import math

import pytest
import torch

from mtkd.losses import JensenShannon, SortedL1
from mtkd.losses.vocabularies import SharedAndSorted

NONE = -1e4
# Two shared tokens, three of the student's own, two of the teacher's own.
STUDENT = torch.tensor([0.2, 0.3, 0.08, 0.25, 0.17, 0.0, 0.0])
TEACHER = torch.tensor([0.4, 0.1, 0.0, 0.0, 0.0, 0.15, 0.35])
RANKED = (0.35 - 0.25) + (0.17 - 0.15) + (0.08 - 0)


def logits(probabilities):
    return probabilities.log().clamp(min=NONE)


def shared(share):
    total = 0.0
    for p, q in ((0.4, 0.2), (0.1, 0.3)):
        m = share * p + (1 - share) * q
        total += share * p * math.log(p / m) + (1 - share) * q * math.log(q / m)
    return total


def value(loss, student=STUDENT, teacher=TEACHER):
    return loss(logits(student), logits(teacher), torch.tensor(0))


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_value_by_hand_with_the_rule_of_gold(share):
    # Of the teacher's four tokens the student lacks two.
    expected = (shared(share) + RANKED) / 2
    torch.testing.assert_close(value(SharedAndSorted(share)), torch.tensor(expected))


@pytest.mark.parametrize("part", [0.0, 0.3, 1.0])
def test_value_by_hand_with_a_share_of_the_sorted_part(part):
    expected = (1 - part) * shared(0.5) + part * RANKED
    torch.testing.assert_close(value(SharedAndSorted(sorted_share=part)), torch.tensor(expected))


def test_the_part_is_counted_in_the_teachers_tokens():
    # One more token that only the teacher has, of no mass to speak of: three of five now.
    teacher = torch.cat([TEACHER, torch.tensor([1e-30])])
    student = torch.cat([STUDENT, torch.tensor([0.0])])
    found = value(SharedAndSorted(), student, teacher)
    torch.testing.assert_close(found, torch.tensor(0.4 * shared(0.5) + 0.6 * RANKED))


def test_without_unshared_tokens_it_is_jensen_shannon():
    student, teacher = torch.randn(2, 4, 6), torch.randn(3, 2, 4, 6)
    labels = torch.zeros(2, 4, dtype=torch.int64)
    found = SharedAndSorted(0.3, temperature=2.0)(student, teacher, labels)
    torch.testing.assert_close(found, JensenShannon(0.3, temperature=2.0)(student, teacher, labels))


def test_without_shared_tokens_it_is_sorted_differences():
    teacher = torch.cat([torch.zeros(5), TEACHER[[0, 1, 5, 6]]])
    student = torch.cat([STUDENT[:5], torch.zeros(4)])
    for temperature in (1.0, 3.0):
        found = value(SharedAndSorted(temperature=temperature), student, teacher)
        torch.testing.assert_close(found, value(SortedL1(temperature), student, teacher))


def test_temperature_softens_both_sides_and_finds_the_same_parts():
    softened = value(SharedAndSorted(temperature=2.0))
    student, teacher = ((logits(side) / 2).softmax(-1) for side in (STUDENT, TEACHER))
    torch.testing.assert_close(softened, 4 * value(SharedAndSorted(), student, teacher))


def test_which_unshared_token_has_the_mass_makes_no_difference():
    other = STUDENT[[0, 1, 4, 2, 3, 5, 6]]
    torch.testing.assert_close(value(SharedAndSorted()), value(SharedAndSorted(), other))
    assert value(SharedAndSorted(), STUDENT[[1, 0, 2, 3, 4, 5, 6]]) < value(SharedAndSorted())


def test_gradients_reach_both_parts_and_nothing_that_is_impossible():
    student, teacher = logits(STUDENT).double().requires_grad_(), logits(TEACHER).double()
    (found,) = torch.autograd.grad(SharedAndSorted()(student, teacher, torch.tensor(0)), student)
    assert found[:5].abs().min() > 1e-3
    assert found[5:].abs().max() == 0
    steps = torch.eye(7, dtype=torch.float64)[:5] * 1e-6
    for index, step in enumerate(steps):
        sides = (student.detach() + step, student.detach() - step)
        moved = [SharedAndSorted()(side, teacher, torch.tensor(0)).item() for side in sides]
        assert found[index] == pytest.approx((moved[0] - moved[1]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": 1.0}, "share must be strictly between 0 and 1, got 1.0"),
        ({"sorted_share": 1.5}, r"sorted_share must be within \[0, 1\], or None .*, got 1.5"),
        ({"temperature": 0.0}, "temperature must be positive"),
    ],
)
def test_words_of_the_errors(options, words):
    with pytest.raises(ValueError, match=words):
        SharedAndSorted(**options)


def test_the_formula_says_both_parts():
    assert SharedAndSorted(sorted_share=0.25, temperature=2.0).formula == (
        "T^2 (1 - 0.25) JS(shared p_T, q_T; share 0.5) + 0.25 |sort p_T - sort q_T|_1, T = 2"
    )
