"""What the base class does, seen through the plainest rule a user could write."""

import math

import pytest
import torch
from torch import Tensor

from mtkd.weighting import TeacherWeighting

close = torch.testing.assert_close
ln = math.log


class FirstLogit(TeacherWeighting):
    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return teacher_logits[..., 0]


class NotTheFirst(FirstLogit):
    """All weight on the second teacher."""

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return torch.full_like(pooled, -math.inf).index_fill(0, torch.tensor([1]), 0.0)


class StudentOnly(TeacherWeighting):
    """Evidence of the student alone; the first teacher gets it as score, the others 0."""

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return student_logits[None, ..., 0]

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return torch.cat([pooled, torch.zeros(len(present) - 1, pooled.shape[1])])


EVIDENCE = torch.tensor([[ln(2), ln(8), ln(3)], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("granularity", "ratios"),
    [
        ("position", [2.0, 8.0, 3.0]),
        # Means of logarithms: examples 5 and 6 have sqrt(2 * 3) and 8; the batch 48^(1/3).
        ("example", [6**0.5, 8, 6**0.5]),
        ("batch", [48 ** (1 / 3)] * 3),
    ],
)
def test_scores_are_averaged_over_the_granularity(granularity, ratios):
    weights = FirstLogit(granularity).weights(EVIDENCE, None, torch.tensor([5, 6, 5]))
    close(weights[0] / weights[1], torch.tensor(ratios))


def test_a_mean_leaves_out_positions_where_its_teacher_is_absent():
    present = torch.tensor([[True, True, False], [True, False, True]])
    weights = FirstLogit("batch").weights(EVIDENCE, present)
    # The first teacher's mean is over ln 2 and ln 8 only: a ratio of 4 where both are present.
    close(weights, torch.tensor([[4 / 5, 1.0, 0.0], [1 / 5, 0.0, 1.0]]))


def test_the_student_is_averaged_where_anybody_is_present():
    student = torch.tensor([[ln(2), ln(8), ln(1000)]])
    present = torch.tensor([[True, False, False], [True, True, False]])
    weights = StudentOnly("batch").weights(student, present)
    close(weights, torch.tensor([[4 / 5, 0.0, 0.0], [1 / 5, 1.0, 0.0]]))


def test_weights_are_renormalised_where_presence_differs_within_a_group():
    evidence = torch.tensor([[0.0, 0.0], [ln(3), ln(3)], [ln(6), ln(6)]])
    present = torch.tensor([[True, True], [True, False], [True, True]])
    weights = FirstLogit("batch").weights(evidence, present)
    close(weights, torch.tensor([[1 / 10, 1 / 7], [3 / 10, 0], [6 / 10, 6 / 7]]))


def test_all_weight_on_an_absent_teacher_is_shared_by_the_present_ones():
    present = torch.tensor([[True, True], [True, False], [True, True]])
    weights = NotTheFirst().weights(torch.zeros(3, 2), present)
    assert weights.tolist() == [[0, 0.5], [1, 0], [0, 0.5]]


def test_the_first_axis_of_logits_counts_examples_unless_told():
    logits = EVIDENCE[:, [0, 1, 0, 2], None].reshape(2, 2, 2, 1).expand(-1, -1, -1, 4)
    call = FirstLogit("example")
    weights = call(torch.zeros(2, 2, 4), logits, torch.zeros(2, 2, dtype=torch.int64))
    close(weights[0] / weights[1], torch.tensor([[4.0, 4.0], [6**0.5, 6**0.5]]))
    examples = torch.tensor([[0, 1], [0, 1]])
    labels = torch.zeros(2, 2, dtype=torch.int64)
    weights = call(torch.zeros(2, 2, 4), logits, labels, examples=examples)
    close(weights[0] / weights[1], torch.tensor([[2, 24**0.5], [2, 24**0.5]]))


def test_a_users_rule_needs_one_method_and_nothing_else():
    weighting = FirstLogit()
    assert weighting.formula == "w = FirstLogit"
    assert weighting.select(torch.zeros(2, 3)) is None
    assert weighting.own_loss(torch.ones(1, 2), torch.zeros(1, 2)) is None
    assert not weighting.needs_labels
    assert not weighting.needs_hidden
    assert not weighting.needs_complete


@pytest.mark.parametrize(
    ("present", "examples", "words"),
    [
        (
            torch.ones(2, 4, dtype=torch.bool),
            None,
            r"present of shape \(2, 4\); both are \[teacher",
        ),
        (torch.ones(3, 3, dtype=torch.bool), None, r"weighs 3 teachers at 3 positions, got evide"),
        (None, torch.zeros(2), r"one id for each of the 3 positions, got shape \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_raise(present, examples, words):
    with pytest.raises(ValueError, match=words):
        FirstLogit().weights(EVIDENCE, present, examples)


@pytest.mark.parametrize("names", [[], ["a", "b", "a"]])
def test_teachers_must_be_distinct_names(names):
    with pytest.raises(ValueError, match=r"distinct names, at least one; got \["):
        FirstLogit().prepare(names, None)
