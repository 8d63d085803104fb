"""Items grouped by confidence: what binned calibration errors and reliability plots share."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Integers, check_count
from mtkd.metrics.checks import top_label
from mtkd.metrics.ties import by_confidence

Closed = Literal["left", "right"]

BLOCK = 2**15
"""Items put into bins at a time, so that what is computed on the way stays in the cache."""

LANES = 4
"""Places that one bin's sum is spread over: adding to one place again and again has to wait."""


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
    check_count(bins, "bins")
    lane, sums, counts = np.arange(BLOCK) % LANES, np.zeros(2 * bins), np.zeros(2 * bins, np.int64)
    for start in range(0, max(len(confidence), 1), BLOCK):
        sure, right = confidence[start : start + BLOCK], correct[start : start + BLOCK]
        place = width_index(sure, bins, closed)
        place *= 2 * LANES
        place += lane[: len(place)] + LANES * right
        size = 2 * bins * LANES
        sums += np.bincount(place, weights=sure, minlength=size).reshape(-1, LANES).sum(axis=1)
        counts += np.bincount(place, minlength=size).reshape(-1, LANES).sum(axis=1)
    hits, text = counts[1::2], f"{bins} equal-width bins, {ends}"
    return _bins(counts[::2] + hits, sums[::2] + sums[1::2], hits, text)


def width_index(confidence: Floats, bins: int, closed: Closed) -> Integers:
    """The equal-width bin of each confidence (any shape), edges from `numpy.linspace`.

    The guess confidence * bins can only be wrong next to an edge; there the edges settle it.
    """
    if closed not in ("left", "right"):
        raise ValueError(f"closed must be 'left' or 'right', got {closed!r}")
    edges = width_edges(bins)
    scaled = np.asarray(confidence * bins)
    guess = np.asarray(np.minimum(scaled.astype(np.int64), bins - 1))
    scaled -= np.rint(scaled)
    near = np.flatnonzero(np.abs(scaled, out=scaled) < 1e-12 * bins)
    value, place = np.ravel(confidence)[near], guess.ravel()[near]
    if closed == "left":
        place += value >= edges[place + 1]
        place -= value < edges[place]
    else:
        place += value > edges[place + 1]
        place -= value <= edges[place]
    guess.ravel()[near] = place
    return guess


def width_edges(bins: int) -> Floats:
    """`[bins + 1]`: edges of equal-width bins, infinite at both ends."""
    check_count(bins, "bins")
    edges: Floats = np.linspace(0, 1, bins + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


def equal_mass_bins(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Bins:
    """Bins of (nearly) equal size: `numpy.array_split` of the items sorted by confidence.

    The sort is stable, so equal confidences across a boundary are split by their row order.
    """
    confidence, correct = top_label(predictions, truth)
    check_count(bins, "bins")
    small, larger = divmod(len(confidence), bins)
    count = np.full(bins, small)
    count[:larger] += 1
    edges = np.concatenate([[0], np.cumsum(count)])
    ordered, right = by_confidence(confidence, correct)
    sums = np.array([ordered[first:last].sum() for first, last in pairwise(edges)])
    hits = np.array([np.count_nonzero(right[first:last]) for first, last in pairwise(edges)])
    for place, edge in enumerate(edges[1:-1]):
        moved = _moved(confidence, correct, ordered, right, edge)
        hits[place] += moved
        hits[place + 1] -= moved
    return _bins(count, sums, hits, f"{bins} equal-mass bins, stable order")


def _moved(
    confidence: Floats, correct: Booleans, ordered: Floats, right: Booleans, edge: int
) -> int:
    """Right ones that the stable order puts before an edge, beyond those of `by_confidence`.

    They differ only for confidences equal to that at the edge: there rows decide.
    """
    if edge == len(ordered) or ordered[edge - 1 : edge] != ordered[edge]:
        return 0
    first = int(np.searchsorted(ordered, ordered[edge]))
    rows = np.flatnonzero(confidence == ordered[edge])[: edge - first]
    return int(correct[rows].sum() - right[first:edge].sum())


def _bins(count: Integers, sums: Floats, hits: Integers, convention: str) -> Bins:
    """Means of confidence and correctness per bin, from their sums."""
    with np.errstate(invalid="ignore"):
        return Bins(count, sums / count, hits / count, convention)
