"""Teacher-top-k against values computed elsewhere, and where it differs from k + 1 outcomes."""

import pytest
import torch

from mtkd.losses import ReverseKL
from mtkd.onpolicy import TeacherTopK
from mtkd.signals import top_k

STUDENT = torch.tensor([1.0, 1.8, 0.2, -0.5, 0.0], dtype=torch.float64)
TEACHER = torch.tensor([2.0, 1.6, 1.0, -1.0, -3.0], dtype=torch.float64)
LABEL = torch.tensor(0)


@pytest.mark.parametrize(("k", "expected"), [(2, 0.169883964), (3, 0.161736199)])
def test_golden_values(k, expected):
    assert TeacherTopK(k)(STUDENT, TEACHER, LABEL).item() == pytest.approx(expected, abs=1e-9)


def test_with_all_classes_it_is_the_reverse_kl():
    for k in (5, 32):
        torch.testing.assert_close(
            TeacherTopK(k)(STUDENT, TEACHER, LABEL), ReverseKL()(STUDENT, TEACHER, LABEL)
        )


def test_other_classes_cost_nothing_here_and_something_in_a_partial_signal():
    gone = STUDENT + torch.tensor([0.0, 0.0, 0.0, 5.0, 5.0])
    loss, signal = TeacherTopK(3), top_k(TEACHER, 3)
    torch.testing.assert_close(loss(gone, TEACHER, LABEL), loss(STUDENT, TEACHER, LABEL))
    coarse = [ReverseKL()(*signal.view(q, LABEL, 1.0)) for q in (STUDENT, gone)]
    assert coarse[1] > coarse[0] + 1
    assert not loss.coarse


def test_each_teacher_has_its_own_classes():
    teachers = torch.stack([TEACHER, TEACHER.flip(0)]).unsqueeze(1).expand(2, 3, 5)
    students = STUDENT.expand(3, 5)
    together = TeacherTopK(2)(students, teachers, torch.zeros(3, dtype=torch.int64))
    assert together.shape == (2, 3)
    for row, teacher in zip(together, teachers, strict=True):
        torch.testing.assert_close(row, TeacherTopK(2)(students, teacher, LABEL.expand(3)))
    assert together[0, 0].item() == pytest.approx(0.169883964, abs=1e-9)
    assert together[1, 0] < 0.01


def test_gradient_stays_on_the_kept_classes():
    student = STUDENT.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda s: TeacherTopK(2)(s, TEACHER, LABEL), student)
    TeacherTopK(2)(student, TEACHER, LABEL).backward()
    assert student.grad[2:].tolist() == [0, 0, 0]
    assert student.grad[:2].abs().min() > 0.01


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="k must be at least 2, got 1"):
        TeacherTopK(1)
