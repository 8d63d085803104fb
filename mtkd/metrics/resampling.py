"""Resampled values of a statistic, as matrix products of weights with per-item contributions.

An item bootstrap draws n of n items with replacement, so the weights of the items are
Multinomial(n; 1/n, ..., 1/n). Up to `DRAWN` draws every one is made and kept, and all statistics
on n items share them. Beyond, the same law is drawn without them, see `mtkd.metrics.kinds`.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics.base import Booleans, Floats
from mtkd.metrics.contributions import Contributions
from mtkd.metrics.kinds import weighted_sums

CHUNK = 2_000_000
"""Item draws made at a time: bounds the memory of the draws, not of the weights."""

DRAWN = 2**26
"""Replicates x items whose weights are kept: 128 MB, 33,554 items at 2,000 replicates."""

WIDE = 4096
"""Items whose weights are widened to float64 at a time."""


def crossed_replicates(
    runs: Sequence[Contributions], minus: Sequence[Contributions], replicates: int, seed: int
) -> Floats:
    """`[replicates]`: the statistic under resampled seeds and items; NaN where undefined."""
    items = len(runs[0].numerator)
    if not items:
        return np.full(replicates, np.nan)
    sums = _sums([*runs, *minus], replicates, seed)
    values = _ratios(sums[:, : 2 * len(runs)])
    if minus:
        values = values - _ratios(sums[:, 2 * len(runs) :])
    seeds = np.random.default_rng([seed, 1]).multinomial(
        len(runs), np.full(len(runs), 1 / len(runs)), size=replicates
    )
    broken = (np.isnan(values) & (seeds > 0)).any(axis=1)
    means = (np.nan_to_num(values) * seeds).sum(axis=1) / len(runs)
    return np.where(broken, np.nan, means)


def _sums(terms: Sequence[Contributions], replicates: int, seed: int) -> Floats:
    """`[replicates, 2 terms]`: resampled numerator and denominator of each term in turn."""
    rows = [row for term in terms for row in (term.numerator, term.denominator)]
    items = len(rows[0])
    used: Booleans = np.zeros(items, np.bool_)
    for row in rows:
        used |= row != 0
    table = np.stack([row[used] for row in rows])
    if replicates * items > DRAWN:
        return weighted_sums(table, items, replicates, seed)
    weights, places = item_weights(items, replicates, seed), np.flatnonzero(used)
    sums: Floats = np.zeros((replicates, len(table)))
    for start in range(0, len(places), WIDE):
        part = slice(start, start + WIDE)
        sums += weights[:, places[part]].astype(np.float64) @ table[:, part].T
    return sums


def _ratios(sums: Floats) -> Floats:
    """`[replicates, seeds]` from `[replicates, 2 seeds]`; NaN where the denominator is 0."""
    tops, bottoms = sums[:, ::2], sums[:, 1::2]
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
