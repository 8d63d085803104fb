"""Telling in-distribution (ID) from out-of-distribution (OOD) items by a score.

Every function takes the scores of both groups, `[n_id]` and `[n_ood]`; a high score says OOD (for
example 1 - confidence). Equal scores are never split. Without ID or without OOD items: NaN, n = 0.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.ranking import Ranking, alarms_at_hits, auroc, average_precision, rank


def ood_auroc(id_scores: ArrayLike, ood_scores: ArrayLike) -> Metric:
    """P(an OOD item scores above an ID item), ties half, in [0, 1]."""
    return _compare(id_scores, ood_scores, "ties half", auroc)


def ood_aupr_out(id_scores: ArrayLike, ood_scores: ArrayLike) -> Metric:
    """Average precision with OOD positive, in [0, 1]; depends on the ID:OOD ratio."""
    return _compare(id_scores, ood_scores, "OOD positive, average precision", average_precision)


def ood_aupr_in(id_scores: ArrayLike, ood_scores: ArrayLike) -> Metric:
    """Average precision with ID positive and the score negated, in [0, 1]; depends on the ratio."""
    return _compare(
        id_scores, ood_scores, "ID positive, average precision", average_precision, find_id=True
    )


def ood_fpr95_ood_positive(id_scores: ArrayLike, ood_scores: ArrayLike) -> Metric:
    """Share of ID flagged when at least 95 % of OOD is (pytorch-ood, torch-uncertainty)."""
    return _compare(id_scores, ood_scores, "ID flagged, 95 % of OOD flagged", _fpr95)


def ood_fpr95_id_positive(id_scores: ArrayLike, ood_scores: ArrayLike) -> Metric:
    """Share of OOD accepted when at least 95 % of ID is (many papers)."""
    return _compare(
        id_scores, ood_scores, "OOD accepted, 95 % of ID accepted", _fpr95, find_id=True
    )


def _fpr95(ranking: Ranking) -> float:
    return alarms_at_hits(ranking, 0.95)


def _compare(
    id_scores: ArrayLike,
    ood_scores: ArrayLike,
    convention: str,
    value: Callable[[Ranking], float],
    find_id: bool = False,
) -> Metric:
    """`value` of the ranking with OOD first, or with ID first and the score negated."""
    inside, outside = _scores(id_scores, "id_scores"), _scores(ood_scores, "ood_scores")
    scores = np.concatenate([inside, outside])
    is_ood = np.arange(len(scores)) >= len(inside)
    ranking = rank(-scores, ~is_ood) if find_id else rank(scores, is_ood)
    n = len(scores) if len(inside) and len(outside) else 0
    return measure(
        n, f"{convention}, {len(inside)} ID : {len(outside)} OOD", lambda: value(ranking)
    )


def _scores(values: ArrayLike, name: str) -> Floats:
    """Finite scores `[n]` in float64."""
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1:
        raise ValueError(f"{name} must be [n], got {scores.shape}")
    if not np.isfinite(scores).all():
        row = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ValueError(f"{name} row {row} is {scores[row]}, expected a finite score")
    return scores
