"""Values and gradients stay finite wherever the logits are."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtkd.functional import IMPOSSIBLE
from mtkd.losses import AdaptiveKL, AlphaBeta, CorrelationKD, DecoupledKD, ForwardKL, StandardizedKL

from .cases import LOSSES, each, gradient

BIG = 1e4
EXTREME = torch.tensor(
    [
        [0.0, 0.0, 0.0, 0.0],
        [BIG, BIG, BIG, BIG],
        [BIG, -BIG, -BIG, -BIG],
        [-BIG, -BIG, BIG, -BIG],
        [BIG, -BIG, 0.0, BIG],
        [-BIG, -BIG, -BIG, -BIG],
        [0.0, 1.0, IMPOSSIBLE, IMPOSSIBLE],
        [IMPOSSIBLE, 0.3, 0.2, 0.1],
        [100.0, 0.0, 0.0, 1.0],
        [1e-8, 0.0, 0.0, 0.0],
        [0.3, -0.2, 0.1, 0.7],
    ]
)
COUNT = len(EXTREME)
STUDENT = EXTREME.repeat_interleave(COUNT, dim=0)
TEACHER = EXTREME.repeat(COUNT, 1)
"""Every row against every row: also equal ones."""


@each(LOSSES)
@pytest.mark.parametrize("label", [0, 2])
def test_finite_at_extreme_logits(loss, label):
    labels = torch.full((COUNT**2,), label)
    value = loss(STUDENT, TEACHER, labels)
    assert value.isfinite().all()
    assert gradient(loss, STUDENT, TEACHER, labels).isfinite().all()
    assert (value > -1e-5).all()


@each(LOSSES)
def test_finite_one_row_at_a_time(loss):
    labels = torch.tensor([1])
    for student, teacher in zip(STUDENT[::3, None], TEACHER[::3, None], strict=True):
        assert gradient(loss, student, teacher, labels).isfinite().all()


logits = st.lists(st.floats(-BIG, BIG, width=32), min_size=3, max_size=3)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(pair=st.tuples(logits, logits), label=st.integers(0, 2))
def test_finite_and_not_negative_anywhere(pair, label):
    student, teacher, label = *torch.tensor(pair).unsqueeze(1), torch.tensor([label])
    for loss in LOSSES:
        value = loss(student, teacher, label)
        assert value.isfinite().all(), loss.formula
        assert (value > -1e-5 * loss.temperature**2).all(), loss.formula
        assert gradient(loss, student, teacher, label).isfinite().all(), loss.formula


def test_adaptive_kl_at_equality_is_zero_and_not_zero_over_zero():
    logits = torch.tensor([[2.0, 1.0, 0.0], [BIG, -BIG, 0.0]])
    labels = torch.zeros(2, dtype=torch.int64)
    assert (AdaptiveKL()(logits, logits, labels) == 0).all()
    assert (gradient(AdaptiveKL(), logits, logits, labels).abs() < 1e-6).all()


@pytest.mark.parametrize("classes", [3, 1000])
@pytest.mark.parametrize("loss", [StandardizedKL(), CorrelationKD()])
def test_a_uniform_student_gets_an_ordinary_gradient(loss, classes):
    teacher = torch.linspace(-2, 2, classes).repeat(2, 1)
    for constant in (0.0, 0.1, -7.3):
        student = torch.full((2, classes), constant)
        slope = gradient(loss, student, teacher, torch.zeros(2, dtype=torch.int64))
        assert 0 < slope.abs().max() < 2


@pytest.mark.parametrize(("top", "bottom"), [(30.0, 0.0), (BIG, -BIG)])
def test_the_other_classes_keep_their_proportions_beside_a_certain_label(top, bottom):
    student = torch.tensor([top, bottom + 1, bottom])
    teacher = torch.tensor([top, bottom, bottom + 1])
    p, q = torch.tensor([0.0, 1.0]).log_softmax(-1), torch.tensor([1.0, 0.0]).log_softmax(-1)
    value = DecoupledKD(0.0, 1.0, 1.0)(student, teacher, torch.tensor(0))
    torch.testing.assert_close(value, (p.exp() * (p - q)).sum(), rtol=1e-5, atol=0)


def test_alpha_beta_near_equality_keeps_its_digits_in_float32():
    student = torch.tensor([0.5, 0.2, -0.4])
    teacher = student + torch.tensor([1e-3, -1e-3, 0.0])
    labels = torch.tensor(0)
    for loss in (AlphaBeta(), AlphaBeta(0.01, 0.9), AlphaBeta(0.9, 0.01)):
        exact = loss(student.double(), teacher.double(), labels).float()
        torch.testing.assert_close(loss(student, teacher, labels), exact, rtol=2e-2, atol=0)
    assert ForwardKL()(student, teacher, labels) > 0
