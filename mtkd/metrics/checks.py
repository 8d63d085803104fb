"""The gate: arrays from outside become checked float64 arrays here, and nowhere else.

Probabilities are never repaired by a softmax. Logits and log-probabilities have their own,
explicit doors in `mtkd.metrics.predictions`: `from_logits` and `from_log_probs`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtkd.metrics.base import Booleans, Floats, Integers

ROUNDING = 1e-12
"""Rows nearer than this to 1 stay as they are, so that dividing cannot split a tie."""


def tolerance(values: NDArray) -> float:
    """How far from 1 a row may sum: 1e-6 for float64 (and integers), 1e-3 for shorter floats."""
    return 1e-6 if values.dtype.itemsize >= 8 else 1e-3


def probabilities(values: ArrayLike, name: str = "probs") -> Floats:
    """Rows `[n, classes]` that are finite, not negative and sum to 1, in float64.

    Rows that are off by rounding (see `tolerance`) are divided by their sum.

    Raises:
        ValueError: Wrong shape, fewer than 2 classes, or a row that breaks a rule, with its number.
    """
    given = np.asarray(values)
    return checked(given.astype(np.float64), tolerance(given), name)


def checked(probs: Floats, allowed: float, name: str) -> Floats:
    """`probs` `[n, classes]` with every row off by at most `allowed` divided by its sum."""
    if probs.ndim != 2 or probs.shape[1] < 2:
        raise ValueError(f"{name} must be [n, classes] with at least 2 classes, got {probs.shape}")
    sums = probs.sum(axis=1)
    if len(probs) and not (np.abs(sums - 1).max() <= allowed and probs.min() >= 0):
        _explain(probs, sums, allowed, name)
    off = np.abs(sums - 1) > ROUNDING
    return np.where(off[:, None], probs / sums[:, None], probs) if off.any() else probs


def _explain(probs: Floats, sums: Floats, allowed: float, name: str) -> None:
    """Raise for the first row that is not finite, else negative, else off its sum."""
    row = _first(~np.isfinite(probs).all(axis=1))
    if row is not None:
        raise ValueError(
            f"{name} row {row} holds NaN or infinity, expected finite probabilities; "
            "find the model that produced it, metrics do not drop rows"
        )
    row = _first((probs < 0).any(axis=1))
    rule = "has a negative entry" if row is not None else "is off"
    row = _first(np.abs(sums - 1) > allowed) if row is None else row
    raise ValueError(
        f"{name} row {row} {rule} (sum {sums[row]:.9g}), expected non-negative entries that sum "
        f"to 1 within {allowed:g}; for logits use from_logits, for log-probabilities from_log_probs"
    )


def _first(broken: ArrayLike) -> int | None:
    """The first true entry, None without one."""
    rows = np.flatnonzero(broken)
    return int(rows[0]) if len(rows) else None


def class_labels(values: ArrayLike, n: int, classes: int) -> Integers:
    """Integers `[n]` in [0, classes).

    Raises:
        ValueError: Not integers, another length, or a row out of range, with its number.
    """
    labels = np.asarray(values)
    if labels.shape != (n,):
        raise ValueError(f"labels must be [{n}] like the rows of probs, got {labels.shape}")
    if n and not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels must be integers, got {labels.dtype}")
    row = _first((labels < 0) | (labels >= classes))
    if row is not None:
        raise ValueError(
            f"labels row {row} is {labels[row]}, expected 0 to {classes - 1}; leave out items "
            "without a valid label, or use the metrics that need none"
        )
    return labels.astype(np.int64)


def confidences(values: ArrayLike, name: str = "confidence") -> Floats:
    """Numbers `[n]` in [0, 1], in float64; above 1 by rounding (see `tolerance`) becomes 1."""
    given = np.asarray(values)
    if given.ndim != 1:
        raise ValueError(f"{name} must be [n], got {given.shape}")
    confidence = given.astype(np.float64)
    row = _first(~((confidence >= 0) & (confidence <= 1 + tolerance(given))))
    if row is not None:
        raise ValueError(f"{name} row {row} is {confidence[row]}, expected a number in [0, 1]")
    return np.minimum(confidence, 1.0)


def top_label(predictions: ArrayLike, truth: ArrayLike) -> tuple[Floats, Booleans]:
    """Confidence `[n]` and correctness `[n]` of the most likely class; ties go to the lowest index.

    Args:
        predictions: Probabilities `[n, classes]`, or confidences `[n]`.
        truth: Labels `[n]` for probabilities; booleans `[n]` (was it right?) for confidences.

    Raises:
        ValueError: Confidences without booleans (a label 0 or 1 is not "right" or "wrong").
    """
    if np.ndim(predictions) != 1:
        probs = probabilities(predictions)
        labels = class_labels(truth, *probs.shape)
        predicted = probs.argmax(axis=1)
        return probs[np.arange(len(probs)), predicted], predicted == labels
    confidence = confidences(predictions)
    correct = np.asarray(truth)
    if correct.shape != confidence.shape:
        raise ValueError(f"correctness must be [{len(confidence)}], got {correct.shape}")
    if len(correct) and correct.dtype != np.bool_:
        raise ValueError(
            f"with confidences [n] the second argument must be booleans (right or wrong), got "
            f"{correct.dtype}; with labels pass probabilities [n, classes]"
        )
    return confidence, correct.astype(np.bool_)
