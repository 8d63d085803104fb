"""Items grouped by confidence: what binned calibration errors and reliability plots share."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Integers, check_count
from mtkd.metrics.checks import top_label

Closed = Literal["left", "right"]


@dataclass(frozen=True)
class Bins:
    """Counts and sums per bin.

    Attributes:
        count: `[bins]`, items in the bin.
        confidence: `[bins]`, their mean confidence, NaN where empty.
        accuracy: `[bins]`, share that is correct, NaN where empty.
        convention: How the items were grouped.
    """

    count: Integers
    confidence: Floats
    accuracy: Floats
    convention: str

    @property
    def n(self) -> int:
        """Items in all bins."""
        return int(self.count.sum())

    @property
    def share(self) -> Floats:
        """`[bins]`: part of all items in the bin."""
        return self.count / max(self.n, 1)

    @property
    def gap(self) -> Floats:
        """`[bins]`: confidence - accuracy, 0 where empty; positive is overconfident."""
        return np.where(self.count > 0, self.confidence - self.accuracy, 0.0)


def equal_width_bins(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Bins:
    """Bins of equal width over [0, 1].

    Args:
        closed: "left" is `[a, b)` with the last bin closed, as in `numpy.histogram`; "right" is
            `(a, b]` with 0 in the first bin, as in the code of Guo et al. 2017
            (https://arxiv.org/abs/1706.04599). They differ for confidences on an edge.
    """
    confidence, correct = top_label(predictions, truth)
    ends = "[a, b), last closed" if closed == "left" else "(a, b], first closed"
    place = width_index(confidence, bins, closed)
    return group(confidence, correct, place, bins, f"{bins} equal-width bins, {ends}")


def width_index(confidence: Floats, bins: int, closed: Closed) -> Integers:
    """The equal-width bin of each confidence (any shape), edges from `numpy.linspace`.

    The guess confidence * bins is at most one bin off; comparing with the edges settles it.
    """
    check_count(bins, "bins")
    if closed not in ("left", "right"):
        raise ValueError(f"closed must be 'left' or 'right', got {closed!r}")
    edges = np.linspace(0, 1, bins + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    guess = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    if closed == "left":
        guess += confidence >= edges[guess + 1]
        return guess - (confidence < edges[guess])
    guess += confidence > edges[guess + 1]
    return guess - (confidence <= edges[guess])


def equal_mass_bins(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Bins:
    """Bins of (nearly) equal size: `numpy.array_split` of the items sorted by confidence.

    The sort is stable, so equal confidences across a boundary are split by their row order.
    """
    confidence, correct = top_label(predictions, truth)
    check_count(bins, "bins")
    small, larger = divmod(len(confidence), bins)
    sizes = np.full(bins, small)
    sizes[:larger] += 1
    place = np.empty(len(confidence), np.int64)
    place[np.argsort(confidence, kind="stable")] = np.repeat(np.arange(bins), sizes)
    return group(confidence, correct, place, bins, f"{bins} equal-mass bins, stable order")


def group(
    confidence: Floats, correct: Booleans, place: Integers, bins: int, convention: str
) -> Bins:
    """Means of confidence and correctness per bin."""
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        return Bins(
            count,
            np.bincount(place, weights=confidence, minlength=bins) / count,
            np.bincount(place, weights=correct, minlength=bins) / count,
            convention,
        )
