"""Calibration error with as many bins as the data bear: the number is not chosen, it is swept."""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Integers, Metric, check_count, measure
from mtkd.metrics.checks import top_label


def ece_sweep(predictions: ArrayLike, truth: ArrayLike, most: int = 1000) -> Metric:
    """ECE over the largest number of equal-mass bins whose accuracies do not decrease, in [0, 1].

    Bins are added one at a time until an accuracy falls below that of the bin before it; the last
    number without a fall is used (Roelofs et al. 2022, algorithm 1,
    https://arxiv.org/abs/2012.08668, there with the L2 norm by default, here L1 as in `ece`).
    Less biased than a fixed number of bins; like every plug-in error it still depends on n.

    Args:
        most: Bins at which the sweep stops if no accuracy has fallen by then. Only models whose
            errors all lie at the bottom get so far, where more bins would change little.
    """
    check_count(most, "most")
    confidence, correct = top_label(predictions, truth)
    order = np.argsort(confidence, kind="stable")
    bins = _largest(correct[order], most)
    where = "equal-mass bins with monotone accuracies (sweep)"
    stopped = f", stopped at {most}" if bins == most < len(order) else ""
    convention = f"{bins} {where}{stopped}, stable order"
    return measure(len(order), convention, lambda: _ece(confidence[order], correct[order], bins))


def _largest(correct: Booleans, most: int) -> int:
    """How many bins of the sorted items can be made before an accuracy falls; at least 1."""
    hits = np.concatenate([[0], np.cumsum(correct)])
    last = min(most, len(correct))
    for bins in range(2, last + 1):
        edges = _edges(len(correct), bins)
        accuracy = np.diff(hits[edges]) / np.diff(edges)
        if (np.diff(accuracy) < 0).any():
            return bins - 1
    return max(last, 1)


def _edges(items: int, bins: int) -> Integers:
    """`[bins + 1]`: where the bins of `numpy.array_split` begin and end."""
    small, larger = divmod(items, bins)
    sizes = np.full(bins, small, dtype=np.int64)
    sizes[:larger] += 1
    return np.concatenate([[0], np.cumsum(sizes)])


def _ece(confidence: Floats, correct: Booleans, bins: int) -> float:
    """sum_b |sum of confidence - sum of hits| / n of sorted items."""
    edges = _edges(len(confidence), bins)
    gaps = np.add.reduceat(confidence - correct, edges[:-1])
    return float(np.abs(gaps).sum() / len(confidence))
