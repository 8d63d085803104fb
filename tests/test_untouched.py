"""A loss or a weighting that goes wrong is told in one sentence, and changes no target."""

import pytest
import torch

import mtkd.objective.walk
from mtkd.functional import entropy, kl_divergence, log_probs
from mtkd.losses import DistillationLoss, Divergence, ForwardKL
from mtkd.weighting import LearnedGate, TeacherWeighting, Uniform
from tests.test_finite import trained


class Centred(DistillationLoss):
    """Writes into the teachers' logits, or the student's."""

    def __init__(self, student=False):
        super().__init__()
        self.student = student

    def forward(self, student_logits, teacher_logits, labels):
        changed = student_logits if self.student else teacher_logits
        changed -= changed.mean(-1, keepdim=True)
        return (student_logits - teacher_logits).square().sum(-1)


class Sharpened(TeacherWeighting):
    """Writes into the logits that the loss compares afterwards."""

    def __init__(self, student=False):
        super().__init__()
        self.student = student

    def evidence(self, student_logits, teacher_logits, labels, hidden):
        (student_logits if self.student else teacher_logits).mul_(3)
        return -entropy(log_probs(teacher_logits))


@pytest.mark.parametrize("student", [False, True])
@pytest.mark.parametrize("kind", [Centred, Sharpened])
def test_what_was_shown_is_not_changed_in_place(kind, student):
    loss = kind(student) if kind is Centred else ForwardKL()
    weighting = Uniform() if kind is Centred else kind(student)
    name = f"{kind.__name__}.evidence" if kind is Sharpened else "Centred"
    with pytest.raises(ValueError, match=f"^{name} changed in place a tensor it was given"):
        trained(loss, weighting)


class Labels(DistillationLoss):
    """Gives positions without a label one, for the labels' own part too."""

    def forward(self, student_logits, teacher_logits, labels):
        labels[labels < 0] = 0
        return (student_logits - teacher_logits).square().sum(-1)


class Sloped(ForwardKL):
    """Writes into the student, which every teacher meets."""

    def with_slope(self, student, teacher):
        student.log_probs.sub_(teacher.log_probs)
        return super().with_slope(student, teacher)

    def divergence(self, student_log_probs, teacher_log_probs):
        return super().divergence(student_log_probs, teacher_log_probs)


class Chooses(LearnedGate):
    def select(self, student_logits, hidden=None, examples=None):
        hidden.mul_(3)
        return super().select(student_logits, hidden, examples)


@pytest.mark.parametrize(
    ("loss", "weighting", "name"),
    [
        (Labels(), Uniform(), "Labels"),
        (Sloped(), Uniform(), "Sloped.with_slope"),
        (ForwardKL(), Chooses(top=2), "Chooses.select"),
    ],
)
def test_nor_labels_nor_a_hidden_state_nor_what_slopes_share(loss, weighting, name, monkeypatch):
    monkeypatch.setattr(mtkd.objective.walk, "SMALL", 0)
    with pytest.raises(ValueError, match=f"^{name} changed in place a tensor it was given"):
        trained(loss, weighting)


class Returns(Divergence):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def divergence(self, student_log_probs, teacher_log_probs):
        return self.answer(kl_divergence(teacher_log_probs, student_log_probs))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda found: None, r"Returns returned a NoneType, expected one floating number for each"),
        (lambda found: [found], r"Returns returned a list, expected one floating number for each"),
        (
            lambda found: found.mean(),
            r"Returns returned \[\], expected one floating number for each",
        ),
        (torch.Tensor.detach, r"Returns returned distances without a gradient, so the student"),
    ],
)
def test_an_answer_that_cannot_be_learnt_from_is_one_sentence(answer, words):
    with pytest.raises(ValueError, match=words):
        trained(Returns(answer), Uniform())


def test_distances_of_0_may_come_without_a_gradient():
    nothing = trained(Returns(torch.zeros_like), Uniform())
    half = trained(Returns(lambda found: 0 * found), Uniform())
    assert torch.equal(nothing.student.head.weight, half.student.head.weight)
