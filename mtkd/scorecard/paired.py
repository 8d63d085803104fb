"""Which models are right on the same items, and intervals of ratios of what they get right.

An item's bootstrap only needs how many items every set of models gets right together: drawing n
items with replacement is drawing those counts from a multinomial distribution. So the interval
does not depend on the order of the items, and a million items cost as much as a hundred.
"""

import math
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from mtkd.metrics import Interval, Metric
from mtkd.metrics.base import Booleans, Floats

REPLICATES, SEED, LEVEL = 2000, 0, 0.95
MOST_DROPPED = 0.05
"""With more undefined replicates than this there is no interval."""


class Paired:
    """Models on the same items.

    Args:
        right: `[n]` booleans by model, in one order of items.
    """

    def __init__(self, right: Mapping[str, Booleans]) -> None:
        self.names = tuple(right)
        self.n = len(next(iter(right.values())))
        codes = sum(right[name].astype(np.int64) << k for k, name in enumerate(self.names))
        self.counts = np.bincount(codes, minlength=2 ** len(self.names))
        patterns = np.arange(2 ** len(self.names))[:, None] >> np.arange(len(self.names))
        self._bits: Floats = (patterns & 1).astype(np.float64)

    def right(self, name: str) -> int:
        """Items that a model gets right."""
        return int(self.counts @ self._bits[:, self.names.index(name)])

    @cached_property
    def _drawn(self) -> Floats:
        """`[replicates, models]`: items right in each resample."""
        generator = np.random.default_rng(SEED)
        counts = generator.multinomial(self.n, self.counts / self.n, size=REPLICATES)
        drawn: Floats = counts @ self._bits
        return drawn

    def ratio(
        self, above: Mapping[str, int], below: Mapping[str, int] | None, convention: str
    ) -> Interval:
        """Sum of counts over another sum of counts, with a paired bootstrap over the items.

        Undefined, in the data or in a replicate, where the sum below is not positive.

        Args:
            above, below: Sign of each model's count; None below: over all items.
            convention: How it is defined.
        """
        method = f"{LEVEL:.0%} percentile interval, paired bootstrap of items, one training seed"
        if not self.n:
            return Interval(Metric(math.nan, 0, convention), math.nan, math.nan, method)
        here = (self.counts @ self._bits)[None]
        value = float(self._ratio(here, above, below)[0])
        metric = Metric(value, self.n, convention)
        draws = self._ratio(self._drawn, above, below)
        dropped = float(np.isnan(draws).mean())
        if dropped > MOST_DROPPED or math.isnan(value):
            text = f"no interval: undefined in {dropped:.0%} of resamples"
            return Interval(metric, math.nan, math.nan, text)
        ends = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Interval(metric, float(ends[0]), float(ends[1]), method)

    def _ratio(
        self, sums: Floats, above: Mapping[str, int], below: Mapping[str, int] | None
    ) -> Floats:
        top = self._sum(sums, above)
        bottom = np.full(len(sums), float(self.n)) if below is None else self._sum(sums, below)
        ratios: Floats = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
        return ratios

    def _sum(self, sums: Floats, signs: Mapping[str, int]) -> Floats:
        weights = np.array([float(signs.get(name, 0)) for name in self.names])
        total: Floats = sums @ weights
        return total
