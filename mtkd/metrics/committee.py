"""Several teachers at once: which of them a student's confident errors come from.

An error here is an item where the student is wrong with confidence of at least tau. It is
    shared     if the control gives the same label (coincidence or difficulty),
    inherited  if it is not shared and some teacher gives the same label,
    novel      otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtkd.metrics.base import Booleans, Floats, Integers, Metric, check_share, measure
from mtkd.metrics.predictions import Predictions
from mtkd.metrics.sameness import same_labels


@dataclass(frozen=True, eq=False)
class Committee:
    """The teachers, a student and its control on the same items.

    Attributes:
        teachers: At least one, in the order of every per-teacher result.
        student: The student.
        control: The same student without teachers.
        tau: Confidence from which an answer is confident, in (0, 1].
    """

    teachers: Sequence[Predictions]
    student: Predictions
    control: Predictions
    tau: float = 0.9

    def __post_init__(self) -> None:
        check_share(self.tau, "tau")
        if not self.teachers:
            raise ValueError("a committee needs at least one teacher, got none")
        same_labels(self.student, self.control, *self.teachers)

    @cached_property
    def names_answer(self) -> Booleans:
        """`[teacher, n]`: this teacher's top label is the student's."""
        return np.stack([t.predicted == self.student.predicted for t in self.teachers])

    @cached_property
    def confident_wrong(self) -> Booleans:
        """`[teacher, n]`: this teacher is confidently wrong."""
        return np.stack([t.wrong & t.confident(self.tau) for t in self.teachers])

    @cached_property
    def errors(self) -> Booleans:
        """`[n]`: the student's confident errors."""
        return self.student.wrong & self.student.confident(self.tau)

    @cached_property
    def shared(self) -> Booleans:
        """`[n]`: errors that the control makes too, with the same label.

        Of a pooled question only answers that have a name count: two models that give another
        one need not mean the same.
        """
        same = self.control.predicted == self.student.predicted
        if self.student.pooled:
            same &= self.student.predicted != self.student.shape[1] - 2
        return self.errors & same

    @cached_property
    def inherited(self) -> Booleans:
        """`[n]`: errors that are not shared and some teacher's."""
        return self.errors & ~self.shared & self.names_answer.any(axis=0)

    @property
    def convention(self) -> str:
        """What an error is here."""
        return f"student's confident errors, tau {self.tau:g}"


def error_taxonomy(committee: Committee) -> dict[str, Metric]:
    """Counts of shared, inherited and novel errors; they sum to n, the student's errors."""
    novel = committee.errors & ~committee.shared & ~committee.inherited
    events = {"shared": committee.shared, "inherited": committee.inherited, "novel": novel}
    n = int(committee.errors.sum())
    return {
        name: measure(n, f"count of {name} among the {committee.convention}", event.sum)
        for name, event in events.items()
    }


def sole_source(committee: Committee) -> list[Metric]:
    """Per teacher, the count of inherited errors that it alone gives; n is all inherited."""
    alone = committee.inherited & (committee.names_answer.sum(axis=0) == 1)
    n = int(committee.inherited.sum())
    convention = f"count with one source among inherited {committee.convention}"
    return [measure(n, convention, (alone & gives).sum) for gives in committee.names_answer]


def mass_proportional_credit(
    committee: Committee, weights: ArrayLike | None = None
) -> list[Metric]:
    """Per teacher, its part of the inherited errors; the parts sum to n, the inherited errors.

    An error with label s is split as w_m p_m(s) / sum_j w_j p_j(s).

    Args:
        weights: `[teacher]` or `[teacher, n]`, the weights the teachers had in training,
            re-evaluated on the items where the method can; equal if left out.
    """
    answer = committee.student.predicted
    mass = np.stack([_mass(teacher, answer) for teacher in committee.teachers])
    weighed = mass * _weights(weights, mass.shape)
    inherited = committee.inherited
    total = weighed[:, inherited].sum(axis=0)
    if (total <= 0).any():
        raise ValueError(
            "an inherited error has no credit to give: its teachers have weight 0; "
            "pass weights that are positive for a teacher that gave the label"
        )
    credit = (weighed[:, inherited] / total).sum(axis=1)
    convention = f"credit w_m p_m(s) among inherited {committee.convention}"
    return [measure(int(inherited.sum()), convention, part.item) for part in credit]


def _mass(teacher: Predictions, answer: Integers) -> Floats:
    """`[n]`: what it gives to the answers; nothing where it is silent."""
    mass = teacher.at(answer)
    return mass if teacher.spoke is None else mass * teacher.spoke


def _weights(weights: ArrayLike | None, shape: tuple[int, ...]) -> Floats:
    """Non-negative finite weights, broadcast to `[teacher, n]`."""
    given = np.ones(shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape not in (shape, shape[:1]):
        raise ValueError(
            f"weights must be [teacher] or [teacher, n] = {list(shape)}, got {given.shape}"
        )
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise ValueError("weights must be finite and not negative; absent teachers have 0")
    full: NDArray[np.float64] = given if given.ndim == 2 else given[:, None]
    return full
