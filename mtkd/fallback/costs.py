"""What a query costs and how long it takes, with and without a fallback."""

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats


@dataclass(frozen=True)
class Costs:
    """Prices per query, in any one unit.

    Args:
        student: One query of the student.
        teacher: One query of the teacher.
        error: One wrong answer that is given out.
        router: One decision of a router that runs before both models.

    Raises:
        ValueError: A price is negative, NaN or infinite.
    """

    student: float
    teacher: float
    error: float = 0.0
    router: float = 0.0

    def __post_init__(self) -> None:
        for name, price in asdict(self).items():
            _check_amount(price, f"cost of {name}")

    def cascade(self, deferred: ArrayLike, errors: ArrayLike = 0.0) -> Floats:
        """student + deferred teacher + errors error: the student runs on every query.

        Args:
            deferred: `[...]`, share of queries sent to the teacher.
            errors: `[...]`, share of queries answered wrongly in the end.
        """
        share, wrong = np.asarray(deferred, float), np.asarray(errors, float)
        price: Floats = self.student + share * self.teacher + wrong * self.error
        return price

    def alone(self, errors: ArrayLike = 0.0) -> Floats:
        """teacher + errors error: without a certified threshold the student is never asked."""
        price: Floats = self.teacher + np.asarray(errors, float) * self.error
        return price

    def prerouter(self, deferred: ArrayLike, errors: ArrayLike = 0.0) -> Floats:
        """(1 - deferred) student + deferred teacher + router + errors error: one model runs."""
        share, wrong = np.asarray(deferred, float), np.asarray(errors, float)
        models = (1 - share) * self.student + share * self.teacher
        price: Floats = models + self.router + wrong * self.error
        return price

    @property
    def largest_deferral(self) -> float:
        """Below this share a cascade is cheaper to run than the teacher alone: 1 - student/teacher.

        Negative where the student costs more than the teacher, NaN where the teacher is free.
        """
        return 1 - self.student / self.teacher if self.teacher else math.nan


@dataclass(frozen=True)
class Latency:
    """Time per query in the unit of what was measured: mean and quantiles of the mixture."""

    mean: float
    p50: float
    p95: float


def cascade_latency(student: ArrayLike, teacher: ArrayLike, deferred: float) -> Latency:
    """The mixture of "student" (accepted) and "student, then teacher" (deferred).

    Args:
        student: One time, or measured times `[n]`; every query waits for the student.
        teacher: One time, or measured times `[m]`, independent of the student's (n x m sums).
        deferred: Share of queries that go on to the teacher, in [0, 1].

    Raises:
        ValueError: A time is negative, NaN or infinite, there is none, or the share is off.
    """
    first, second = _times(student, "student"), _times(teacher, "teacher")
    if not 0 <= deferred <= 1:
        raise ValueError(f"deferred must be a share in [0, 1], got {deferred}")
    both = np.add.outer(first, second).ravel()
    times = np.concatenate([first, both])
    weights = np.concatenate(
        [np.full(len(first), (1 - deferred) / len(first)), np.full(len(both), deferred / len(both))]
    )
    order = np.argsort(times)
    reached = np.cumsum(weights[order])
    p50, p95 = (float(times[order][np.argmax(reached >= q - 1e-12)]) for q in (0.5, 0.95))
    return Latency(float(first.mean() + deferred * second.mean()), p50, p95)


def _times(values: ArrayLike, name: str) -> Floats:
    times = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if times.ndim != 1 or not len(times):
        raise ValueError(f"latency of {name} must be one time or [n] times, got {times.shape}")
    for value in times[~(np.isfinite(times) & (times >= 0))][:1]:
        _check_amount(float(value), f"latency of {name}")
    return times


def _check_amount(value: float, name: str) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number from 0, got {value}")
