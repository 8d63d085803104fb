"""Items sorted by confidence, in complete groups of equal ones: one sort serves many metrics."""

from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Booleans, Floats, Integers
from mtkd.metrics.ranking import Ranking


@dataclass(frozen=True, eq=False)
class Ties:
    """The distinct confidences, from the lowest up.

    Attributes:
        value: `[groups]`, the confidence.
        size: `[groups]`, items that have it.
        hits: `[groups]`, right ones among them.
    """

    value: Floats
    size: Integers
    hits: Integers

    @property
    def n(self) -> int:
        """All items."""
        return int(self.size.sum())

    def errors(self) -> Ranking:
        """Accepted from the most confident down; errors are positive."""
        wrong = self.size - self.hits
        return Ranking(np.cumsum(self.size[::-1]), np.cumsum(wrong[::-1]))


def ties(confidence: Floats, correct: Booleans) -> Ties:
    """Groups of equal confidences in [0, 1], with `correct` `[n]`."""
    ordered, right = by_confidence(confidence, correct)
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], len(ordered) > 0))
    taken, hits = last + 1, np.cumsum(right, dtype=np.int64)[last]
    return Ties(ordered[last], np.diff(taken, prepend=0), np.diff(hits, prepend=0))


def by_confidence(confidence: Floats, correct: Booleans) -> tuple[Floats, Booleans]:
    """Confidences in [0, 1] and correctness from the lowest up, `[n]`; wrong first among equals.

    The bits of a float64 in [0, 1] order like integers below 2^62. Correctness rides along in a
    lowest bit of its own, so that numbers are sorted instead of places, several times as fast;
    the sign of -0.0 is shifted out.
    """
    keys = confidence.copy().view(np.int64)
    keys <<= 1
    keys |= correct
    keys.sort()
    right = (keys & 1).astype(np.bool_)
    keys >>= 1
    return keys.view(np.float64), right
