"""The ladder of teachers that the student's uncertainty climbs."""

import math

import pytest
import torch

from mtkd.functional import log_probs, normalized_entropy
from mtkd.weighting import StudentEntropy
from tests.weighting.rules import batch

close = torch.testing.assert_close


def logits_with_uncertainty(wanted: float) -> torch.Tensor:
    """Logits [x, 0, 0, 0] whose normalised entropy is `wanted`, by bisection."""
    low, high = 0.0, 100.0
    for _ in range(200):
        middle = (low + high) / 2
        logits = torch.tensor([middle, 0, 0, 0], dtype=torch.float64)
        low, high = (
            (middle, high) if normalized_entropy(log_probs(logits)) > wanted else (low, middle)
        )
    return logits


def weights_at(uncertainty: float, order: list[str], names: list[str]) -> list[float]:
    weighting = StudentEntropy(order)
    weighting.prepare(names, None)
    student = logits_with_uncertainty(uncertainty)
    return weighting(student, torch.zeros(len(names), 4), torch.tensor(0)).tolist()


@pytest.mark.parametrize("granularity", ["position", "example", "batch"])
def test_two_teachers_are_mixed_as_in_the_paper(granularity):
    student, teachers, labels, _ = batch(6, teachers=2)
    # Dynamic-KD: u * KD_small + (1 - u) * KD_large; soft-instance and, over the batch, soft.
    u = -(student.softmax(-1) * student.log_softmax(-1)).sum(-1) / math.log(5)
    if granularity == "batch":
        u = u.mean().expand(6)
    weighting = StudentEntropy(["small", "large"], granularity)
    weighting.prepare(["large", "small"], None)
    close(weighting(student, teachers, labels), torch.stack([1 - u, u]))


@pytest.mark.parametrize(
    ("uncertainty", "expected"),
    [
        (1.0, [1, 0, 0, 0]),
        (0.8, [0.4, 0.6, 0, 0]),
        (2 / 3, [0, 1, 0, 0]),
        (0.5, [0, 0.5, 0.5, 0]),
        (0.1, [0, 0, 0.3, 0.7]),
        (0.0, [0, 0, 0, 1]),
    ],
)
def test_four_teachers_by_hand(uncertainty, expected):
    names = ["a", "b", "c", "d"]
    assert weights_at(uncertainty, names, names) == pytest.approx(expected, abs=1e-6)


def test_the_order_is_by_name_and_not_by_place():
    weights = weights_at(0.8, ["a", "b", "c", "d"], ["c", "a", "d", "b"])
    assert weights == pytest.approx([0, 0.4, 0, 0.6], abs=1e-6)


def test_the_ladder_is_made_of_the_teachers_present():
    weighting = StudentEntropy(["a", "b", "c"])
    weighting.prepare(["c", "b", "a"], None)
    student = logits_with_uncertainty(0.3).expand(2, -1)
    present = torch.tensor([[True, True], [False, True], [True, True]])
    weights = weighting(student, torch.zeros(3, 2, 4), torch.tensor(0), present=present)
    close(
        weights,
        torch.tensor([[0.7, 0.4], [0, 0.6], [0.3, 0]], dtype=torch.float64),
        rtol=0,
        atol=1e-6,
    )
