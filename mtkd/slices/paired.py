"""Interval of a paired difference of two error rates, from the score test."""

import math
from collections.abc import Callable

from scipy.special import ndtri

from mtkd.slices.counts import Counts

STEPS = 60
"""Bisections of [-1, 1]: to 2e-18, beyond float64."""


def bounds(counts: Counts, level: float = 0.95) -> tuple[float, float]:
    """Tango's score interval of the net regression; NaN ends without items.

    Tango 1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B:
    all differences that the score test with the restricted maximum-likelihood estimate of the
    nuisance rate does not reject. It has a width where there are no discordant items (Wald's has
    none), and stays in [-1, 1].

    Args:
        level: Two-sided, in (0, 1). A one-sided bound at 95 % is the end of a 90 % interval.
    """
    if not counts.n:
        return math.nan, math.nan
    z = float(ndtri((1 + level) / 2))
    low = _root(lambda at: score(counts, at) <= z, -1.0, counts.net)
    high = _root(lambda at: score(counts, at) <= -z, counts.net, 1.0)
    return low, high


def upper_bound(counts: Counts, confidence: float = 0.95) -> float:
    """One-sided upper bound of the net regression."""
    return bounds(counts, 2 * confidence - 1)[1]


def score(counts: Counts, difference: float) -> float:
    """(net - difference) / its standard error if `difference` were true.

    With w = worse, b = better, d = difference: (w - b - n d) / sqrt(n (2 q + d (1 - d))), where q
    is the most likely rate of `better` given d, the larger root of
    2n q^2 + ((2n - w + b) d - w - b) q - b d (1 - d) = 0.
    """
    n, worse, better = counts.n, counts.worse, counts.better
    linear = (2 * n - worse + better) * difference - worse - better
    constant = -better * difference * (1 - difference)
    rate = (math.sqrt(max(linear**2 - 8 * n * constant, 0.0)) - linear) / (4 * n)
    variance = n * (2 * rate + difference * (1 - difference))
    gap = worse - better - n * difference
    if variance <= 0:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / math.sqrt(variance)


def _root(beyond: Callable[[float], bool], low: float, high: float) -> float:
    """Where a predicate that is false on the left becomes true."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return high
