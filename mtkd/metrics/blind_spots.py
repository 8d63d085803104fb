"""What a committee can and cannot repair: errors its teachers share, errors of one alone."""

from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Booleans, Floats, Metric
from mtkd.metrics.committee import Committee
from mtkd.metrics.contributions import mean_over
from mtkd.metrics.predictions import Predictions
from mtkd.metrics.sameness import same_labels


def unanimous_ceir(committee: Committee, model: Predictions) -> Metric:
    """CEIR of `model` where all teachers are confidently wrong with one label, in [0, 1]."""
    return _ceir_where(committee, model, len(committee.teachers), "all teachers")


def majority_ceir(committee: Committee, model: Predictions) -> Metric:
    """CEIR of `model` where more than half of the teachers are confidently wrong with one label."""
    return _ceir_where(
        committee, model, len(committee.teachers) // 2 + 1, "more than half of the teachers"
    )


def _ceir_where(committee: Committee, model: Predictions, votes: int, who: str) -> Metric:
    """Share of confident `model` answers equal to the wrong label with at least `votes`."""
    same_labels(committee.student, model)
    tally = _tally(committee, committee.confident_wrong)
    label = tally.argmax(axis=1)
    inherits = (model.predicted == label) & model.confident(committee.tau)
    convention = f"CEIR where {who} are confidently wrong with one label, tau {committee.tau:g}"
    return mean_over(inherits, tally.max(axis=1) >= votes, convention).metric()


def _tally(committee: Committee, counted: Booleans) -> Floats:
    """`[n, classes]`: teachers that give the label, of those `counted` `[teacher, n]`."""
    tally = np.zeros(committee.student.shape)
    rows = np.arange(len(tally))
    for teacher, counts in zip(committee.teachers, counted, strict=True):
        tally[rows, teacher.predicted] += counts
    return tally


def consensus_of_wrong(committee: Committee) -> Metric:
    """Share of items with a confidently wrong teacher whose label a second teacher gives too.

    The second may be unsure. In [0, 1]; what all teachers agree on, no weighting can undo.
    """
    wrong = np.stack([teacher.wrong for teacher in committee.teachers])
    votes = _tally(committee, wrong)
    seconded = (votes >= 2) & (_tally(committee, committee.confident_wrong) >= 1)
    members = committee.confident_wrong.sum(axis=0) > 0
    convention = f"a second teacher gives the confidently wrong label, tau {committee.tau:g}"
    return mean_over(seconded.any(axis=1), members, convention).metric()


def blind_spot_rescue_rate(
    committee: Committee, model: Predictions, teacher: int | None = None
) -> Metric:
    """Share that `model` gets right where one teacher is confidently wrong and all others right.

    Args:
        model: The student, its control, or a student of that teacher alone, on the same items.
        teacher: Only this teacher's blind spots; None takes those of all.
    """
    same_labels(committee.student, model)
    right = np.stack([each.correct for each in committee.teachers])
    alone = committee.confident_wrong & (right.sum(axis=0) == len(right) - 1)
    members: Booleans = alone.any(axis=0) if teacher is None else alone[teacher]
    who = "one teacher is" if teacher is None else f"teacher {teacher} alone is"
    convention = f"right where {who} confidently wrong, the others right, tau {committee.tau:g}"
    return mean_over(model.correct, members, convention).metric()


@dataclass(frozen=True)
class JointSlopes:
    """One slope per teacher, fitted together.

    Attributes:
        slopes: In the order of the teachers.
        condition: Condition number of the fit, at least 1.
    """

    slopes: tuple[Metric, ...]
    condition: Metric

    @property
    def identifiable(self) -> bool:
        """The condition number is at most 30: the teachers differ enough to be told apart."""
        return self.condition.value <= 30


def joint_slopes(committee: Committee) -> JointSlopes:
    """Least squares p_S - p_C = sum_m slope_m (p_m - p_C) over items where any teacher is wrong.

    All classes count; where a teacher is silent it draws nowhere. With one teacher it is
    `inheritance_slope_vector`.
    """
    anywhere: Booleans = np.logical_or.reduce([each.wrong for each in committee.teachers])
    base = committee.control.shared_probs[anywhere]
    away = np.stack([_away(each, anywhere, base) for each in committee.teachers], axis=1)
    moved = (committee.student.shared_probs[anywhere] - base).ravel()
    n, teachers = int(anywhere.sum()), len(committee.teachers)
    slopes, condition = np.full(teachers, np.nan), np.nan
    if n and (away != 0).any():
        slopes, _, _, values = np.linalg.lstsq(away, moved, rcond=None)
        condition = values[0] / values[-1] if values[-1] > 0 else np.inf
    text = f"joint least squares of {teachers} teachers, all classes, any teacher wrong"
    return JointSlopes(
        tuple(Metric(float(slope), n, text) for slope in slopes),
        Metric(float(condition), n, f"condition number, {text}"),
    )


def _away(teacher: Predictions, items: Booleans, base: Floats) -> Floats:
    """`[items * classes]`: p_m - p_C, 0 where the teacher is silent."""
    away = teacher.shared_probs[items] - base
    if teacher.spoke is not None:
        away[~teacher.spoke[items]] = 0.0
    return away.ravel()
