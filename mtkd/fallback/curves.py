"""Cost against quality: how accuracy grows with the share of queries that the teacher answers.

Routers are compared by these curves (RouteLLM, Ong et al. 2024, https://arxiv.org/abs/2406.18665):
by confidence, at random, and an oracle's; always-student and always-teacher are the ends.
"""

import math
from dataclasses import dataclass

import numpy as np

from mtkd.fallback.cascade import Cascade
from mtkd.metrics import Metric
from mtkd.metrics.base import Floats, check_share, measure


@dataclass(frozen=True, eq=False)
class Curve:
    """Accuracy over the share of items that are deferred, straight between the points.

    Attributes:
        deferred: `[points]`, rising from 0 (always-student) to 1 (always-teacher).
        accuracy: `[points]`, of the answers given in the end.
    """

    deferred: Floats
    accuracy: Floats

    @property
    def area(self) -> float:
        """Under the curve, by trapezoids."""
        return float(np.trapezoid(self.accuracy, self.deferred))

    def at(self, deferred: float) -> float:
        """Accuracy at a share; inside a group of equal confidences the expectation over orders."""
        return float(np.interp(deferred, self.deferred, self.accuracy))


def confidence_curve(cascade: Cascade) -> Curve:
    """The least confident are deferred first; points after complete groups of equal scores."""
    _check_items(cascade)
    _, group = np.unique(cascade.confidence, return_inverse=True)
    gained = cascade.teacher_right.astype(np.int64) - cascade.student_right
    sizes = np.bincount(group)
    gains = np.bincount(group, weights=gained)
    right = cascade.student_right.sum() + np.append(0, np.cumsum(gains))
    return Curve(np.append(0, np.cumsum(sizes)) / len(cascade), right / len(cascade))


def random_curve(cascade: Cascade) -> Curve:
    """Any share at random: a straight line from the student to the teacher."""
    _check_items(cascade)
    ends = [cascade.student_right.mean(), cascade.teacher_right.mean()]
    return Curve(np.array([0.0, 1.0]), np.array(ends))


def oracle_curve(cascade: Cascade) -> Curve:
    """Deferred first where only the teacher is right, last where only the student is."""
    _check_items(cascade)
    rescued = (cascade.teacher_right & ~cascade.student_right).mean()
    spoilt = (cascade.student_right & ~cascade.teacher_right).mean()
    student = cascade.student_right.mean()
    best = student + rescued
    return Curve(
        np.array([0, rescued, 1 - spoilt, 1]), np.array([student, best, best, best - spoilt])
    )


def gap_recovered(cascade: Cascade, deferred: float) -> Metric:
    """PGR: (accuracy - student's) / (teacher's - student's) when `deferred` are handed over.

    0 is always-student, 1 is always-teacher; above 1 both together beat the teacher. NaN where
    the teacher is not better than the student: there is no gap.
    """
    if not 0 <= deferred <= 1:
        raise ValueError(f"deferred must be a share in [0, 1], got {deferred}")
    convention = f"performance gap recovered at {deferred:g} deferred, expected over ties"
    return measure(
        len(cascade),
        convention,
        lambda: float(_gap(cascade, confidence_curve(cascade).at(deferred))),
    )


def mean_gap_recovered(cascade: Cascade) -> Metric:
    """APGR: `gap_recovered` averaged over all shares; 1/2 for random deferral."""
    convention = "performance gap recovered, trapezoids over shares, complete tie groups"
    return measure(
        len(cascade), convention, lambda: float(_gap(cascade, confidence_curve(cascade).area))
    )


def share_needed(cascade: Cascade, recovered: float) -> Metric:
    """CPT: smallest achievable share of teacher calls with `gap_recovered` >= `recovered`.

    Achievable means by a threshold. NaN where there is no gap, or no share reaches it.
    """
    check_share(recovered, "recovered")

    def value() -> float:
        curve = confidence_curve(cascade)
        reached = np.flatnonzero(_gap(cascade, curve.accuracy) >= recovered - 1e-9)
        return float(curve.deferred[reached[0]]) if len(reached) else math.nan

    convention = f"least share deferred that recovers {recovered:g} of the gap, complete tie groups"
    return measure(len(cascade), convention, value)


def normalised_deferral_gain(cascade: Cascade) -> Metric:
    """Area between the confidence and the random curve over that of the oracle, at most 1.

    0 is random, 1 an oracle, negative worse than random; NaN where an oracle cannot do better.
    """

    def value() -> float:
        start = random_curve(cascade).area
        best = oracle_curve(cascade).area - start
        return (confidence_curve(cascade).area - start) / best if best > 1e-12 else math.nan

    return measure(len(cascade), "(confidence - random) / (oracle - random), areas", value)


def _check_items(cascade: Cascade) -> None:
    if not len(cascade):
        raise ValueError("a curve of cost and quality needs at least one labelled item, got none")


def _gap(cascade: Cascade, accuracy: float | Floats) -> Floats:
    """How much of the gap is recovered at each accuracy."""
    student = cascade.student_right.mean()
    gap = cascade.teacher_right.mean() - student
    return (np.asarray(accuracy) - student) / (gap if gap > 0 else math.nan)
