"""Calibration of a whole distribution: every probability of every position is one forecast."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Integers, Metric, measure
from mtkd.metrics.binning import Closed, width_edges, width_index
from mtkd.metrics.blocks import walk
from mtkd.metrics.checks import labelled
from mtkd.metrics.rows import Rows

Weight = Literal["entry", "position"]


def full_ece(
    probs: ArrayLike | Rows,
    labels: ArrayLike,
    bins: int = 15,
    closed: Closed = "left",
    weight: Weight = "entry",
) -> Metric:
    """Full-ECE: sum_b (n_b/N) |p_b - share that came true_b| over all N = n x classes entries.

    All classes of all positions are pooled before they are put into bins (`classwise_ece` bins
    each class by itself). Liu et al. 2024, https://arxiv.org/abs/2406.11345, print the weight
    n_b/n with n positions. Those weights sum to the number of classes, so the printed value is
    exactly `classes` times the one per entry and can exceed 1.

    Args:
        weight: "entry" divides by all entries, in [0, 2 / classes]; "position" by the positions,
            as printed, in [0, 2]. The convention says which.

    Raises:
        ValueError: The weight is neither.
    """
    if weight not in ("entry", "position"):
        raise ValueError(f"weight must be 'entry' or 'position', got {weight!r}")
    rows, truth = labelled(probs, labels)
    n, classes = rows.shape
    each = n * classes if weight == "entry" else n
    said = "per entry" if weight == "entry" else "per position, as printed"
    convention = f"all {classes} classes pooled, {bins} equal-width bins, closed {closed}, {said}"
    gaps = _gaps(rows, truth, bins, closed)
    return measure(n, convention, lambda: np.abs(gaps).sum() / each)


def _gaps(rows: Rows, truth: Integers, bins: int, closed: Closed) -> Floats:
    """`[bins]`: sum of the probabilities in a bin minus how many of them came true.

    Nearly all probabilities of many classes are in the first bin, which is what the others leave.
    """
    edge = width_edges(bins)[1]
    gaps: Floats = np.zeros(bins)
    for part, block in walk(rows):
        likely = block[block >= edge if closed == "left" else block > edge]
        sums = np.bincount(width_index(likely, bins, closed), weights=likely, minlength=bins)
        sums[0] += block.sum() - likely.sum()
        hit = block[np.arange(len(block)), truth[part]]
        gaps += sums - np.bincount(width_index(hit, bins, closed), minlength=bins)
    return gaps
