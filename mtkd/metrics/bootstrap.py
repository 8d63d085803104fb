"""Intervals that resample seeds and items at once.

Items are crossed with seeds (every seed answers every item), so both are resampled independently
and their weights multiplied: the two-way or pigeonhole bootstrap (Owen 2007,
https://doi.org/10.1214/07-AOAS122; Owen and Eckles 2012, https://arxiv.org/abs/1106.2125). All
models' answers to an item move together, which keeps student, control, teacher and placebo paired.

Its variance is mildly conservative where both are many. Few seeds cannot speak for others: where
they differ more than items make up for, the interval of two or three seeds is their span, which
holds the true mean one time in two, or three in four.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Metric, check_count, measure
from mtkd.metrics.contributions import Contributions, check_seeds, mean_of, per_cluster
from mtkd.metrics.exact import sign_flip_test
from mtkd.metrics.intervals import Interval
from mtkd.metrics.resampling import crossed_replicates

FEW = 20
MOST_DROPPED = 0.05


@dataclass(frozen=True)
class Estimate(Interval):
    """The mean over seeds of a statistic, with everything needed to judge it.

    Attributes:
        p_value: Exact sign-flip test over seeds that it is 0, two-sided; n is the seeds.
        per_seed: Its value for each seed.
        counts: Items in the set of each term (n_CW of the teacher, n_CW of the placebo), the
            smallest over seeds.
        dropped: Share of replicates without a value; above 5 % there is no interval.
    """

    p_value: Metric
    per_seed: tuple[float, ...]
    counts: tuple[int, ...]
    dropped: float

    @property
    def underpowered(self) -> bool:
        """Some set has fewer than 20 items: the interval says little."""
        return min(self.counts) < FEW


def crossed_interval(
    runs: Sequence[Contributions],
    minus: Sequence[Contributions] = (),
    *,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Mean over seeds of a statistic, or of a difference of two, with a percentile interval.

    Args:
        runs: One per seed, all about the same items in the same order.
        minus: One per seed, subtracted seed by seed (a placebo's excess); empty for none.
        replicates: At least 2000 for a 95 % interval that does not itself jump about.
        level: Coverage of the interval, in (0, 1).
        seed: Of the resampling. Equal seeds and sizes give the same resamples to every call, up to
            2^26 items x replicates; beyond, equal seeds and contributions (same law, other draws).

    Raises:
        ValueError: No runs; `minus` has other seeds or items; fewer than 2000 replicates.
    """
    _check(runs, minus, replicates, level)
    counts = tuple(min(run.size for run in term) for term in (runs, minus) if term)
    per_seed = [run.metric().value for run in runs]
    if minus:
        per_seed = [a - b.metric().value for a, b in zip(per_seed, minus, strict=True)]
    convention = runs[0].convention + (f", minus {minus[0].convention}" if minus else "")
    n = min(counts) if 0 in counts else counts[0]
    seeds = f"{len(runs)} seed{'s' * (len(runs) > 1)}"
    value = measure(n, f"mean over {seeds} of {convention}", lambda: np.mean(per_seed))
    draws = crossed_replicates(runs, minus, replicates, seed)
    dropped = float(np.isnan(draws).mean())
    ends = (math.nan, math.nan)
    if dropped <= MOST_DROPPED and not math.isnan(value.value):
        low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2])
        ends = (float(low), float(high))
    resampled = "seeds x items" if len(runs) > 1 else "items (one seed)"
    method = f"{level:.0%} percentile interval, {resampled} bootstrap, {replicates} replicates"
    p_value = sign_flip_test(per_seed)
    return Estimate(value, *ends, method, p_value, tuple(per_seed), counts, dropped)


def _check(
    runs: Sequence[Contributions], minus: Sequence[Contributions], replicates: int, level: float
) -> None:
    if not runs:
        raise ValueError("expected contributions of at least one seed, got none")
    if minus and len(minus) != len(runs):
        raise ValueError(
            f"the subtracted term needs one entry per seed, got {len(minus)} for {len(runs)} seeds"
        )
    check_seeds([*runs, *minus], "contributions")
    check_count(replicates, "replicates")
    if replicates < 2000:
        raise ValueError(f"use at least 2000 replicates, got {replicates}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie in (0, 1), got {level}")


def paired_difference(
    first: ArrayLike, second: ArrayLike, *, clusters: ArrayLike | None = None, seed: int = 0
) -> Estimate:
    """Mean of first - second over paired items `[n]`, with a bootstrap interval over items.

    One model each, so nothing is said about other training seeds (`p_value` is 1).

    Args:
        clusters: `[n]`, resample these instead of single items (sequences, for instance).
    """
    left, right = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(
            f"expected two [n] arrays about the same items, got {left.shape}, {right.shape}"
        )
    items = mean_of(left - right, "difference of paired means")
    items = items if clusters is None else per_cluster(items, clusters)
    return crossed_interval([items], seed=seed)
