"""What parameters mean, bounds the docstrings state, ties and degenerate cases."""

import math

import pytest
import torch

from mtkd.weighting import (
    AverageCrossEntropy,
    Disagreement,
    InverseCrossEntropy,
    MinCrossEntropy,
    TeacherCrossEntropy,
    TeacherEntropy,
    TeacherMaxProbability,
    UncertaintyGated,
)
from tests.weighting.rules import batch

close = torch.testing.assert_close
ln = math.log
CERTAIN, CLUELESS = torch.tensor([100.0, 0, 0, 0, 0]), torch.zeros(5)
ELSEWHERE = torch.tensor([0, 100.0, 0, 0, 0])


def log_ratio(weighting, student, first, second):
    weights = weighting(student, torch.stack([first, second]), torch.tensor(0))
    return (weights[0] / weights[1]).log()


@pytest.mark.parametrize(
    ("weighting", "student", "first", "second", "expected"),
    [
        # The largest log-ratio is the sharpness itself, and a certain student has none.
        (UncertaintyGated(3.0), CLUELESS, CERTAIN, CLUELESS, 3.0),
        (UncertaintyGated(3.0), CERTAIN, CERTAIN, CLUELESS, 0.0),
        # A certain student: sharpness for each nat of divergence, here ln 2 against 0.
        (Disagreement(3.0), CERTAIN, CERTAIN, ELSEWHERE, 3.0 * ln(2)),
        (Disagreement(3.0), CLUELESS, CERTAIN, CLUELESS, 0.0),
        # Entropies 0 and ln 5; largest probabilities 1 and 1/5; cross-entropies 0 and ln 5.
        (TeacherEntropy("softmax", 3.0), CLUELESS, CERTAIN, CLUELESS, 3.0 * ln(5)),
        (TeacherMaxProbability(3.0), CLUELESS, CERTAIN, CLUELESS, 3.0 * 4 / 5),
        (TeacherCrossEntropy(3.0), CLUELESS, CERTAIN, CLUELESS, 3.0 * ln(5)),
        # No teacher outweighs another more than e times.
        (AverageCrossEntropy(), CLUELESS, CERTAIN, ELSEWHERE, 1.0),
    ],
)
def test_sharpness_is_what_its_docstring_says(weighting, student, first, second, expected):
    close(log_ratio(weighting, student, first, second), torch.tensor(expected))


@pytest.mark.parametrize(
    "weighting",
    [
        TeacherEntropy("softmax", 0),
        TeacherMaxProbability(0),
        TeacherCrossEntropy(0),
        UncertaintyGated(0),
        Disagreement(0),
    ],
)
def test_no_sharpness_is_uniform(weighting):
    close(weighting(*batch(6)), torch.full((3, 6), 1 / 3, dtype=torch.float64))


def test_sharpness_of_uncertainty_gating_is_never_exceeded():
    weights = UncertaintyGated(3.0)(*batch(500))
    assert (weights.amax(0) / weights.amin(0)).log().max() <= 3.0


def test_inverse_cross_entropy_never_gives_more_than_its_share():
    assert InverseCrossEntropy()(*batch(500)).max() <= 0.5 + 1e-12


def test_min_cross_entropy_takes_the_first_of_equals():
    same = torch.stack([CLUELESS, CERTAIN, CERTAIN, CERTAIN])
    weights = MinCrossEntropy()(CLUELESS, same, torch.tensor(0))
    assert weights.tolist() == [0, 1, 0, 0]


def test_min_cross_entropy_chooses_by_the_mean_of_an_example():
    # Labels get 1/2, 1/2 from the first teacher and 9/10, 1/10 from the second: 1/4 against 9/100.
    teachers = torch.tensor([[[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.9, 0.1]]]).log()
    data = torch.zeros(2, 2), teachers, torch.tensor([0, 1])
    assert MinCrossEntropy("batch")(*data).tolist() == [[1, 1], [0, 0]]
    assert MinCrossEntropy("position")(*data).tolist() == [[0, 1], [1, 0]]


def test_min_cross_entropy_falls_back_on_the_next_best():
    present = torch.tensor([[True, True], [True, True], [True, False]])
    teachers = torch.tensor([[1 / 8, 7 / 8], [1 / 2, 1 / 2], [4 / 5, 1 / 5]]).log()
    data = torch.zeros(2), teachers[:, None].expand(-1, 2, -1), torch.tensor(0)
    weights = MinCrossEntropy("batch")(*data, present=present)
    assert weights.tolist() == [[0, 0], [0, 1], [1, 0]]


def test_ebkd_of_teachers_that_are_all_certain_is_uniform():
    certain = torch.stack([1e4 * CERTAIN, 1e4 * ELSEWHERE, 1e4 * CERTAIN])
    close(TeacherEntropy()(CLUELESS, certain, torch.tensor(0)), torch.full((3,), 1 / 3))


def test_evidence_of_disagreement_lies_between_zero_and_ln_2():
    teachers = torch.stack([CERTAIN, ELSEWHERE])
    evidence = Disagreement().evidence(CERTAIN, teachers, torch.tensor(0), None)
    close(evidence, torch.tensor([0.0, ln(2)]))
