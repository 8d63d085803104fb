"""What a router counts and gives back."""

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from mtkd.fallback.fields import Fields
from mtkd.metrics import probabilities
from mtkd.metrics.base import Floats
from mtkd.metrics.blocks import ROUNDING, tolerance

STUDENT, TEACHER = "student", "teacher"


@dataclass(frozen=True)
class Route:
    """Whether the student's answer is given out, and whether the teacher is to check it."""

    accepted: bool
    audited: bool


@dataclass(frozen=True, eq=False)
class Answer:
    """What was answered, and by whom.

    Attributes:
        label: The most likely class; ties go to the lowest index.
        probs: `[classes]`, of the model that answered.
        source: `student` or `teacher`.
        confidence: The student's; NaN where the rule is infeasible and it was not asked.
        audited: The teacher was asked as well; its opinion is counted, not given out.
    """

    label: int
    probs: Floats
    source: str
    confidence: float
    audited: bool = False


@dataclass
class Traffic:
    """Counts since the router was made.

    Attributes:
        queries, accepted, deferred: All, answered by the student, sent to the teacher.
        audited, disagreements: Accepted ones shown to the teacher, and where it differed.
        teacher_failures: Queries the teacher did not answer: deferred ones raise, audits do not.
        labelled, labelled_errors: Audited answers whose label came later, and wrong ones.
    """

    queries: int = 0
    accepted: int = 0
    deferred: int = 0
    audited: int = 0
    disagreements: int = 0
    teacher_failures: int = 0
    labelled: int = 0
    labelled_errors: int = 0

    @property
    def shares(self) -> dict[str, float]:
        """`deferral`, `disagreement` (of audits), `labelled_risk`; NaN before the first."""
        return {
            "deferral": _share(self.deferred, self.queries),
            "disagreement": _share(self.disagreements, self.audited),
            "labelled_risk": _share(self.labelled_errors, self.labelled),
        }

    @classmethod
    def read(cls, fields: Fields) -> "Traffic":
        """From a saved router; ValueError where a count is missing or no count."""
        fields.only(set(asdict(cls())))
        return replace(cls(), **{name: fields.count(name) for name in asdict(cls())})


def opinion(values: ArrayLike, classes: int, source: str) -> Answer:
    """A model's probabilities `[classes]`, checked, as an answer.

    Raises:
        ValueError: Another shape, NaN, negative, or not summing to 1. Nothing is softmaxed.
    """
    given = np.asarray(values)
    if given.shape != (classes,):
        raise ValueError(
            f"the {source} returned shape {given.shape} for one query, the rule knows {classes} "
            f"classes; return probabilities of shape ({classes},)"
        )
    probs = given.astype(np.float64)
    total = float(probs.sum())
    if not (float(probs.min()) >= 0 and abs(total - 1) <= tolerance(given)):
        probabilities(given[None], f"the {source}'s probs")  # says what is wrong
    probs = probs if abs(total - 1) <= ROUNDING else probs / total
    label = int(probs.argmax())
    return Answer(label, probs, source, float(probs[label]))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
