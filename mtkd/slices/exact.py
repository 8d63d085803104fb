"""Exact one-sided tests: does the student regress here, and more than elsewhere?"""

import math

import numpy as np
from scipy.special import bdtr, betaln

from mtkd.metrics.base import Floats, Integers
from mtkd.slices.counts import Counts

NEGLIGIBLE = 1e-15
"""Outcomes that are less likely than this, all together, are not summed but counted as extreme."""


def regression_p(worse: Integers, better: Integers) -> Floats:
    """`[slice]`: McNemar's exact p-values that only the student is wrong more often.

    P(X <= better) for X of worse + better fair coins; 1 where there is nothing to compare. The
    same as `mtkd.metrics.mcnemar_exact` with "greater", for counts of many slices at once.
    """
    p: Floats = bdtr(np.asarray(better, np.float64), np.asarray(worse) + np.asarray(better), 0.5)
    return p


def regresses(counts: Counts) -> float:
    """McNemar's exact p-value of one slice; NaN without items, where nothing can be asked."""
    if not counts.n:
        return math.nan
    return float(regression_p(np.array(counts.worse), np.array(counts.better)))


def more_than_rest(slice_: Counts, whole: Counts) -> float:
    """Exact p-value that the net regression of a slice exceeds that of the rest of `whole`.

    If the outcome of an item does not depend on whether it lies in the slice, then the slice is a
    random draw of `slice_.n` items, without replacement, out of the `whole`: its counts of worse
    and better follow the multivariate hypergeometric distribution, and the p-value is
    P(worse - better >= what was seen). A regression that is the same everywhere does not make
    every slice a pocket. NaN where the slice is empty or is all there is.
    """
    if not 0 < slice_.n < whole.n:
        return math.nan
    worse, better = (_likely(slice_.n, part, whole.n) for part in (whole.worse, whole.better))
    neither, rest = whole.n - whole.worse - whole.better, slice_.n - worse[:, None] - better
    possible = (rest >= 0) & (rest <= neither)
    extreme = possible & (worse[:, None] - better >= slice_.worse - slice_.better)
    low = max(0, int(rest.min()))
    of_rest = _log_choose(neither, np.arange(low, min(neither, int(rest.max())) + 1))
    logs = (
        _log_choose(whole.worse, worse)[:, None]
        + _log_choose(whole.better, better)
        - _log_choose(whole.n, np.array(slice_.n))
    )[extreme] + of_rest[rest[extreme] - low]
    return min(1.0, float(np.exp(logs).sum()) + NEGLIGIBLE)


def more_of_flips(slice_: Counts, whole: Counts) -> float:
    """Exact p-value that of the items on which the two differ, more are losses than elsewhere.

    `more_than_rest` of those items alone (Fisher's exact test). Slices by what models said hold
    more errors than others by construction, of both models: there a regression that is the same
    everywhere shows in the number of flips, but not in their direction.
    """
    inside, all_flips = slice_.worse + slice_.better, whole.worse + whole.better
    return more_than_rest(
        Counts(inside, slice_.worse, slice_.better), Counts(all_flips, whole.worse, whole.better)
    )


def _likely(drawn: int, marked: int, of: int) -> Integers:
    """How many of the `drawn` may be marked, but for outcomes below `NEGLIGIBLE` (Bernstein)."""
    mean = drawn * marked / of
    reach = 9 * math.sqrt(mean) + 25
    low = max(0, drawn - (of - marked), math.floor(mean - reach))
    return np.arange(low, min(marked, drawn, math.ceil(mean + reach)) + 1)


def _log_choose(n: int, k: Integers) -> Floats:
    return np.asarray(-np.log1p(n) - betaln(n - k + 1, k + 1))
