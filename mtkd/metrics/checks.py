"""The gate: arrays from outside become checked float64 arrays here, and nowhere else.

Tables `[n, classes]` pass it a block of rows at a time (`mtkd.metrics.blocks`).

Probabilities are never repaired by a softmax. Logits and log-probabilities have their own,
explicit doors in `mtkd.metrics.predictions`: `from_logits` and `from_log_probs`.
"""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Integers
from mtkd.metrics.blocks import scan, tolerance, walk
from mtkd.metrics.faults import check_table, first_true
from mtkd.metrics.rows import Rows, as_rows


def probabilities(values: ArrayLike | Rows, name: str = "probs") -> Floats:
    """Rows `[n, classes]` that are finite, not negative and sum to 1, in float64.

    Rows that are off by rounding (see `tolerance`) are divided by their sum.

    Raises:
        ValueError: Wrong shape, fewer than 2 classes, or a row that breaks a rule, with its number.
    """
    rows = as_rows(values, name)
    check_table(rows)
    whole = np.empty(rows.shape)
    for part, block in walk(rows):
        whole[part] = block
    return whole


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
    row = first_true((labels < 0) | (labels >= classes))
    if row is not None:
        raise ValueError(
            f"labels row {row} is {labels[row]}, expected 0 to {classes - 1}; leave out items "
            "without a valid label, or use the metrics that need none"
        )
    return labels.astype(np.int64)


def confidences(values: ArrayLike, name: str = "confidence") -> Floats:
    """Numbers `[n]` in [0, 1], in float64; above 1 by rounding (see `tolerance`) becomes 1.

    They are the given array itself if nothing was to be changed.
    """
    given = np.asarray(values)
    if given.ndim != 1:
        raise ValueError(f"{name} must be [n], got {given.shape}")
    confidence = given.astype(np.float64, copy=False)
    if not len(confidence):
        return confidence
    most, limit = confidence.max(), 1 + tolerance(given)
    if not (confidence.min() >= 0 and most <= limit):
        row = first_true(~((confidence >= 0) & (confidence <= limit)))
        raise ValueError(f"{name} row {row} is {confidence[row]}, expected a number in [0, 1]")
    return np.minimum(confidence, 1.0) if most > 1 else confidence


def top_label(predictions: ArrayLike | Rows, truth: ArrayLike) -> tuple[Floats, Booleans]:
    """Confidence `[n]` and correctness `[n]` of the most likely class; ties go to the lowest index.

    Args:
        predictions: Probabilities `[n, classes]`, or confidences `[n]`.
        truth: Labels `[n]` for probabilities; booleans `[n]` (was it right?) for confidences.

    Raises:
        ValueError: Confidences without booleans (a label 0 or 1 is not "right" or "wrong").
    """
    if isinstance(predictions, Rows) or np.ndim(predictions) != 1:
        return _of_rows(*labelled(predictions, truth))
    confidence = confidences(predictions)
    correct = np.asarray(truth)
    if correct.shape != confidence.shape:
        raise ValueError(f"correctness must be [{len(confidence)}], got {correct.shape}")
    if len(correct) and correct.dtype != np.bool_:
        raise ValueError(
            f"with confidences [n] the second argument must be booleans (right or wrong), got "
            f"{correct.dtype}; with labels pass probabilities [n, classes]"
        )
    return confidence, correct.astype(np.bool_, copy=False)


def labelled(probs: ArrayLike | Rows, labels: ArrayLike) -> tuple[Rows, Integers]:
    """Rows, not yet looked into, and their labels, checked; a broken row is told of first."""
    rows = as_rows(probs)
    check_table(rows)
    try:
        return rows, class_labels(labels, *rows.shape)
    except ValueError:
        for _ in walk(rows):
            pass
        raise


def _of_rows(rows: Rows, labels: Integers) -> tuple[Floats, Booleans]:
    confidence, correct = np.empty(len(rows)), np.empty(len(rows), np.bool_)
    for part, probs, sums in scan(rows):
        predicted = probs.argmax(axis=1)
        confidence[part] = probs[np.arange(len(probs)), predicted] / sums
        correct[part] = predicted == labels[part]
    return confidence, correct
