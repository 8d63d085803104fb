"""Calibration of every class, not only of the most likely one."""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.binning import Closed, width_edges, width_index
from mtkd.metrics.blocks import walk
from mtkd.metrics.checks import labelled
from mtkd.metrics.rows import Rows


def classwise_ece(
    probs: ArrayLike | Rows, labels: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """Mean over classes of the ECE of p(k) against 1{label = k}, in [0, 1].

    Kull et al. 2019, https://arxiv.org/abs/1910.12656. With many classes it is dominated by
    probabilities near 0; look at `classwise_ece_per_class` then.
    """
    n, errors = _errors(probs, labels, bins, closed)
    convention = f"mean over {len(errors)} classes, {bins} equal-width bins, closed {closed}"
    return measure(n, convention, errors.mean)


def classwise_ece_per_class(
    probs: ArrayLike | Rows, labels: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> list[Metric]:
    """The ECE of each class; a class that no label names is computed and says so."""
    n, errors = _errors(probs, labels, bins, closed)
    present = np.bincount(np.asarray(labels, dtype=np.int64), minlength=len(errors)) > 0
    notes = ["" if here else ", class absent from the labels" for here in present]
    return [
        measure(n, f"class {k}, {bins} equal-width bins, closed {closed}{note}", error.item)
        for k, (error, note) in enumerate(zip(errors, notes, strict=True))
    ]


def _errors(
    probs: ArrayLike | Rows, labels: ArrayLike, bins: int, closed: Closed
) -> tuple[int, Floats]:
    """The number of items, and the ECE of each class `[classes]`.

    Of many classes nearly all probabilities are in the first bin, which is summed as a column;
    only the others are sorted into bins.
    """
    rows, truth = labelled(probs, labels)
    n, classes = rows.shape
    edge = width_edges(bins)[1]
    gaps: Floats = np.zeros(classes * bins)
    for part, block in walk(rows):
        here = np.arange(len(block))
        likely = np.flatnonzero(block >= edge if closed == "left" else block > edge)
        place = width_index(block.ravel()[likely], bins, closed) + bins * (likely % classes)
        gaps += np.bincount(place, weights=block.ravel()[likely], minlength=len(gaps))
        place = width_index(block[here, truth[part]], bins, closed) + bins * truth[part]
        gaps -= np.bincount(place, minlength=len(gaps))
        block.ravel()[likely] = 0
        gaps[::bins] += block.sum(axis=0)
    return n, np.abs(gaps).reshape(classes, bins).sum(axis=1) / max(n, 1)
