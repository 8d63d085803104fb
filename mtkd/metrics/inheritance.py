"""The sets and events that all inheritance statistics are made of, prepared once.

Notation: y label, t, s, q the top labels of teacher, student and control, c their confidences.
    W  = {t != y}             the teacher is wrong
    R  = {t == y}             it is right
    CW = {t != y, c_T >= tau} it is confidently wrong, always as it teaches (a study's
         `temperature` of a teacher included), never rescaled afterwards
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, check_share
from mtkd.metrics.predictions import Predictions
from mtkd.metrics.ranking import spearman
from mtkd.metrics.reduced import products
from mtkd.metrics.sameness import same_labels

On = Literal["wrong", "right", "confident_wrong"]


@dataclass(frozen=True, eq=False)
class Pair:
    """One model held against one teacher on the same items.

    Attributes:
        teacher: The teacher, as it is (never rescaled).
        model: The student, the control or any other model.
        tau: Confidence from which the teacher counts as confident, in (0, 1].
        model_tau: The same for the model; `tau` if left out.
    """

    teacher: Predictions
    model: Predictions
    tau: float = 0.9
    model_tau: float | None = None

    def __post_init__(self) -> None:
        check_share(self.tau, "tau")
        if self.model_tau is not None:
            check_share(self.model_tau, "model_tau")
        same_labels(self.teacher, self.model)

    @property
    def threshold(self) -> float:
        """The model's own tau."""
        return self.tau if self.model_tau is None else self.model_tau

    @cached_property
    def confident_wrong(self) -> Booleans:
        """`[n]`: CW."""
        return self.teacher.wrong & self.teacher.confident(self.tau)

    @cached_property
    def follows(self) -> Booleans:
        """`[n]`: the model's top label is the teacher's."""
        return self.model.predicted == self.teacher.predicted

    @cached_property
    def sure(self) -> Booleans:
        """`[n]`: the model is confident."""
        return self.model.confident(self.threshold)

    @cached_property
    def mass(self) -> Floats:
        """`[n]`: the model's probability of the teacher's top label."""
        return self.model.at(self.teacher.predicted)

    @cached_property
    def coupling(self) -> float:
        """Spearman correlation over W of c_T with the model's mass on the teacher's label."""
        wrong = self.teacher.wrong
        return spearman(self.teacher.confidence[wrong], self.mass[wrong])

    def members(self, on: On) -> Booleans:
        """`[n]`: the set W, R or CW."""
        if on == "confident_wrong":
            return self.confident_wrong
        if on not in ("wrong", "right"):
            raise ValueError(f"on must be 'wrong', 'right' or 'confident_wrong', got {on!r}")
        return self.teacher.wrong if on == "wrong" else self.teacher.correct


@dataclass(frozen=True, eq=False)
class Inheritance:
    """A student and its control held against one teacher, for one seed and one domain.

    The control shares the student's seed, initialisation, batches and steps, without teachers.

    Attributes:
        student: The student against the teacher.
        control: The control against the same teacher; None gives raw values only.
    """

    student: Pair
    control: Pair | None = None

    def __post_init__(self) -> None:
        if self.control is not None:
            same_labels(self.student.teacher, self.control.teacher)
            if self.control.tau != self.student.tau or (
                self.control.teacher is not self.student.teacher
            ):
                raise ValueError(
                    "student and control must be held against the same teacher at the same tau; "
                    "build both pairs from one Predictions"
                )

    @classmethod
    def from_probs(
        cls,
        teacher_probs: ArrayLike,
        student_probs: ArrayLike,
        control_probs: ArrayLike | None,
        labels: ArrayLike,
        tau: float = 0.9,
    ) -> "Inheritance":
        """From plain arrays `[n, classes]` and labels `[n]`."""
        teacher = Predictions(teacher_probs, labels)
        student = Pair(teacher, Predictions(student_probs, labels), tau)
        if control_probs is None:
            return cls(student)
        return cls(student, Pair(teacher, Predictions(control_probs, labels), tau))

    @property
    def teacher(self) -> Predictions:
        """The teacher of both pairs."""
        return self.student.teacher

    def compared(self) -> Pair:
        """The control.

        Raises:
            ValueError: There is none; differences need it.
        """
        if self.control is None:
            raise ValueError("this statistic compares with a control, and there is none; give one")
        return self.control

    @cached_property
    def products(self) -> tuple[Floats, Floats]:
        """`<p_S - p_C, p_T - p_C>` and `|p_T - p_C|^2` of each item, both `[n]`."""
        models = self.student.model, self.teacher, self.compared().model
        return products(*(model.shared_rows for model in models))
