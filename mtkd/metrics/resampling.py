"""Resampled values of a statistic, as matrix products of weights with per-item contributions."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics.base import Floats
from mtkd.metrics.contributions import Contributions

CHUNK = 2_000_000
"""Item draws made at a time: bounds the memory of the draws, not of the weights."""


def crossed_replicates(
    runs: Sequence[Contributions], minus: Sequence[Contributions], replicates: int, seed: int
) -> Floats:
    """`[replicates]`: the statistic under resampled seeds and items; NaN where undefined."""
    items = len(runs[0].numerator)
    if not items:
        return np.full(replicates, np.nan)
    weights = item_weights(items, replicates, seed)
    values = _resampled(runs, weights)
    if minus:
        values = values - _resampled(minus, weights)
    seeds = np.random.default_rng([seed, 1]).multinomial(
        len(runs), np.full(len(runs), 1 / len(runs)), size=replicates
    )
    broken = (np.isnan(values) & (seeds > 0)).any(axis=1)
    means = (np.nan_to_num(values) * seeds).sum(axis=1) / len(runs)
    return np.where(broken, np.nan, means)


def _resampled(runs: Sequence[Contributions], weights: NDArray[np.uint16]) -> Floats:
    """`[replicates, seeds]`: each seed's ratio with its items weighted."""
    above = np.stack([run.numerator for run in runs])
    below = np.stack([run.denominator for run in runs])
    used = ((above != 0) | (below != 0)).any(axis=0)
    drawn = weights[:, used].astype(np.float64)
    sums = drawn @ np.concatenate([above[:, used], below[:, used]]).T
    tops, bottoms = sums[:, : len(runs)], sums[:, len(runs) :]
    empty = np.abs(bottoms) < 1e-12
    ratios: Floats = np.where(empty, np.nan, tops / np.where(empty, 1, bottoms))
    return ratios


@lru_cache(maxsize=4)
def item_weights(items: int, replicates: int, seed: int) -> NDArray[np.uint16]:
    """`[replicates, items]`: how often each item is drawn, `items` draws with replacement each.

    Kept for the next call with the same arguments, since one domain is asked about many times.
    """
    generator = np.random.default_rng([seed, 0])
    weights = np.empty((replicates, items), np.uint16)
    rows = max(CHUNK // items, 1)
    for start in range(0, replicates, rows):
        size = min(rows, replicates - start)
        draws = generator.integers(0, items, size=(size, items))
        draws += np.arange(size)[:, None] * items
        counts = np.bincount(draws.ravel(), minlength=size * items)
        weights[start : start + size] = counts.reshape(size, items)
    weights.flags.writeable = False
    return weights
