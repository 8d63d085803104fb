"""Intervals that need no resampling: over few seeds, and for shares of few items."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtr, stdtrit

from mtkd.metrics.base import Floats, Metric, measure


@dataclass(frozen=True)
class Interval:
    """A metric with an interval around it.

    Attributes:
        metric: The point value.
        low: Lower end; NaN where there is no interval.
        high: Upper end.
        method: How the interval was made, with its level.
    """

    metric: Metric
    low: float
    high: float
    method: str


def t_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Student's t interval of the mean over seeds; NaN ends with fewer than 2 seeds."""
    seeds = per_seed_vector(values, "values")
    metric = measure(len(seeds), "mean over seeds", lambda: seeds.mean())
    method = f"{level:.0%} t interval over seeds"
    if len(seeds) < 2:
        return Interval(metric, math.nan, math.nan, method)
    reach = _error(seeds) * float(stdtrit(len(seeds) - 1, (1 + level) / 2))
    return Interval(metric, metric.value - reach, metric.value + reach, method)


def t_test(values: ArrayLike) -> Metric:
    """Two-sided p-value that the mean over seeds is 0, assuming normal seeds; n is the seeds."""
    seeds = per_seed_vector(values, "values")

    def value() -> float:
        if len(seeds) < 2 or _error(seeds) == 0:
            return math.nan
        return float(2 * stdtr(len(seeds) - 1, -abs(seeds.mean()) / _error(seeds)))

    return measure(len(seeds), "p-value, t test over seeds, two-sided", value)


def _error(seeds: Floats) -> float:
    return float(seeds.std(ddof=1) / math.sqrt(len(seeds)))


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's interval of a share, sensible for few items; NaN for none.

    With 0 of n the 95 % upper end is near 3.84 / n (the exact one-sided bound is 3 / n).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie in [0, n], got {successes} of {n}")
    metric = measure(n, "share", lambda: successes / n)
    method = f"{level:.0%} Wilson interval"
    if n == 0:
        return Interval(metric, math.nan, math.nan, method)
    z = float(ndtri((1 + level) / 2))
    share, scale = successes / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / scale
    reach = z / scale * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(metric, max(middle - reach, 0.0), min(middle + reach, 1.0), method)


def per_seed_vector(values: ArrayLike, name: str) -> Floats:
    """`values` as a float64 vector; anything else is a mistake."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"{name} must be one number per seed or test, got shape {vector.shape}")
    return vector
