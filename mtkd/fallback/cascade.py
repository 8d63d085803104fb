"""A student that hands over to a teacher below a confidence, on items with known labels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from mtkd.fallback.cuts import Cuts, cuts
from mtkd.metrics import Metric, Predictions, top_label
from mtkd.metrics.base import Booleans, Floats, measure
from mtkd.metrics.checks import confidences
from mtkd.metrics.sameness import same_labels


class Cascade:
    """How sure the student is, and which of the two is right, item by item.

    Args:
        confidence: `[n]`, the student's, in [0, 1].
        student_right: `[n]` booleans.
        teacher_right: `[n]` booleans, on the same items in the same order.
        teacher_spoke: `[n]` booleans, false where the teacher gives no answer (it is not right
            there, and nothing is said of it); None: it always answers.

    Raises:
        ValueError: Lengths disagree, or a confidence is NaN or outside [0, 1] (with its row).
    """

    def __init__(
        self,
        confidence: ArrayLike,
        student_right: ArrayLike,
        teacher_right: ArrayLike,
        teacher_spoke: Booleans | None = None,
    ) -> None:
        self.confidence: Floats = confidences(confidence)
        self.student_right: Booleans = top_label(self.confidence, student_right)[1]
        self.teacher_right: Booleans = top_label(self.confidence, teacher_right)[1]
        always = np.ones(len(self.confidence), dtype=np.bool_)
        self.teacher_spoke: Booleans = always if teacher_spoke is None else teacher_spoke

    @classmethod
    def of(cls, student: Predictions, teacher: Predictions) -> "Cascade":
        """From the predictions of both on the same items.

        Raises:
            ValueError: Other items, classes or labels, with the first row that differs.
        """
        same_labels(student, teacher)
        return cls(student.confidence, student.correct, teacher.correct, teacher.spoke)

    def __len__(self) -> int:
        return len(self.confidence)

    def heard(self) -> "Cascade":
        """The same on the items at which the teacher answers."""
        spoke = self.teacher_spoke
        return Cascade(self.confidence[spoke], self.student_right[spoke], self.teacher_right[spoke])

    @cached_property
    def cuts(self) -> Cuts:
        """Every threshold, with what the student gets wrong above it."""
        return cuts(self.confidence, self.student_right)

    def accepts(self, threshold: float | None) -> Booleans:
        """`[n]`: the student answers; None (infeasible) sends everything to the teacher."""
        if threshold is None:
            return np.zeros(len(self), dtype=np.bool_)
        return self.confidence >= threshold

    def right(self, threshold: float | None) -> Booleans:
        """`[n]`: the answer that is given in the end is right."""
        return np.where(self.accepts(threshold), self.student_right, self.teacher_right)


@dataclass(frozen=True)
class Operation:
    """What a threshold does on a set of items; every number carries its n.

    What is said of the teacher, and of both together, counts the items at which it answers.

    Attributes:
        coverage: Share that the student answers.
        risk: Share of those that is wrong (selective risk).
        joint_risk: Share of all items that is accepted and wrong.
        accuracy: Of the answers that are given in the end, by the student or by the teacher.
        student_accuracy: Of the student on all items.
        teacher_accuracy: Of the teacher on all items.
        teacher_right_if_deferred: P(teacher right | student defers).
        student_right_if_deferred: P(student right | student defers): what deferring gives away.
        teacher_right_if_escaped: P(teacher right | student accepted and wrong). Inheritance
            makes it low: where both make one mistake, deferring more would not have helped.
    """

    coverage: Metric
    risk: Metric
    joint_risk: Metric
    accuracy: Metric
    student_accuracy: Metric
    teacher_accuracy: Metric
    teacher_right_if_deferred: Metric
    student_right_if_deferred: Metric
    teacher_right_if_escaped: Metric

    @property
    def deferred(self) -> float:
        """Share that is sent to the teacher."""
        return 1 - self.coverage.value


def operate(cascade: Cascade, threshold: float | None) -> Operation:
    """The cascade at one threshold; None sends everything to the teacher."""
    accepted = cascade.accepts(threshold)
    escaped = accepted & ~cascade.student_right
    everything = np.ones(len(cascade), dtype=np.bool_)
    student, teacher, spoke = cascade.student_right, cascade.teacher_right, cascade.teacher_spoke
    answered, handed = accepted | spoke, ~accepted & spoke
    return Operation(
        coverage=_share(accepted, everything, "accepted / all"),
        risk=_share(escaped, accepted, "wrong / accepted"),
        joint_risk=_share(escaped, everything, "accepted and wrong / all"),
        accuracy=_share(cascade.right(threshold), answered, "right in the end / all"),
        student_accuracy=_share(student, everything, "student right / all"),
        teacher_accuracy=_share(teacher, spoke, "teacher right / all"),
        teacher_right_if_deferred=_share(teacher, handed, "teacher right / deferred"),
        student_right_if_deferred=_share(student, handed, "student right / deferred"),
        teacher_right_if_escaped=_share(
            teacher, escaped & spoke, "teacher right / accepted and wrong"
        ),
    )


def _share(true: Booleans, among: Booleans, convention: str) -> Metric:
    chosen = int(among.sum())
    return measure(chosen, convention, lambda: int((true & among).sum()) / chosen)
