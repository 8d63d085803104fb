"""What holds for every exported loss, and for each by being exported."""

import pytest
import torch
from torch.autograd import gradcheck

from mtkd.losses import Divergence, SortedL1

from .cases import (
    CLASSES_TO_USE,
    DETACHED,
    DIVERGENCES,
    LOSSES,
    NOT_ZERO_AT_EQUALITY,
    each,
    gradient,
    random_case,
)

ZERO_AT_EQUALITY = [loss for loss in LOSSES if not isinstance(loss, NOT_ZERO_AT_EQUALITY)]


@each(LOSSES)
def test_gives_one_value_per_teacher_and_position(loss):
    student, teacher, labels = random_case()
    assert loss(student, teacher, labels).shape == teacher.shape[:-1]
    assert loss(student[0, 0], teacher[:, 0, 0], labels[0, 0]).shape == teacher.shape[:1]
    assert loss(student[0, 0], teacher[0, 0, 0], labels[0, 0]).shape == ()


@each(LOSSES)
def test_teachers_together_are_the_teachers_one_by_one(loss):
    student, teacher, labels = random_case()
    alone = torch.stack([loss(student, one, labels) for one in teacher])
    torch.testing.assert_close(loss(student, teacher, labels), alone)
    assert (alone[0] - alone[1]).abs().max() > 1e-3


@each([loss for loss in LOSSES if not isinstance(loss, DETACHED)])
def test_gradient_matches_finite_differences(loss):
    student, teacher, labels = random_case(scale=1.0)
    student, teacher, labels = student[:, 0].requires_grad_(), teacher[:, :, 0], labels[:, 0]
    assert gradcheck(lambda logits: loss(logits, teacher, labels), student)


@each(LOSSES)
def test_a_constant_added_to_all_logits_changes_nothing(loss):
    student, teacher, labels = random_case()
    torch.testing.assert_close(
        loss(student + 3.0, teacher - 7.0, labels), loss(student, teacher, labels)
    )


@each(ZERO_AT_EQUALITY)
def test_zero_with_zero_gradient_where_student_and_teacher_agree(loss):
    student, _, labels = random_case()
    for logits in (student, torch.zeros_like(student)):
        value = loss(logits, logits, labels)
        torch.testing.assert_close(value, torch.zeros_like(value))
        torch.testing.assert_close(gradient(loss, logits, logits, labels), 0 * logits)


@each(LOSSES)
def test_positive_where_they_differ(loss):
    assert (loss(*random_case()) > 1e-4).all()


@each([loss for loss in DIVERGENCES if not isinstance(loss, SortedL1)])
def test_halfway_to_the_teacher_is_nearer(loss):
    student, teacher, labels = random_case()
    halfway = (student + teacher[0]) / 2
    assert (loss(halfway, teacher[0], labels) < loss(student, teacher[0], labels)).all()


@each(LOSSES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_widened_before_anything_is_computed(loss, dtype):
    student, teacher, labels = random_case(dtype=torch.float32)
    student, teacher = student.to(dtype), teacher.to(dtype)
    value = loss(student, teacher, labels)
    assert value.dtype == torch.float32
    assert torch.equal(value, loss(student.float(), teacher.float(), labels))
    assert torch.equal(value, loss(student, teacher.float(), labels))


@each(LOSSES)
def test_double_precision_stays(loss):
    student, teacher, labels = random_case()
    value, narrow = loss(student, teacher, labels), loss(student.float(), teacher.float(), labels)
    assert (value.dtype, narrow.dtype) == (torch.float64, torch.float32)
    torch.testing.assert_close(narrow.double(), value, rtol=1e-4, atol=1e-5)
    assert not torch.equal(narrow.double(), value)


@pytest.mark.parametrize("cls", [cls for cls in CLASSES_TO_USE if issubclass(cls, Divergence)])
def test_temperature_divides_the_logits_and_squares_in_front(cls):
    softened, plain = cls(temperature=3.0), cls(temperature=1.0)
    student, teacher, labels = random_case()
    torch.testing.assert_close(
        softened(student, teacher, labels), 9 * plain(student / 3, teacher / 3, labels)
    )
