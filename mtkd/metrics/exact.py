"""Exact tests for few seeds and few items, and the correction for many of them."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.intervals import per_seed_vector

Alternative = Literal["two-sided", "greater"]
MOST_SEEDS = 24
"""2^24 sums take 128 MiB; far fewer seeds are usual."""
FLIPS, FLIP_SEED = 100_000, 0
"""Random sign assignments where there are more seeds than that, and the seed of their draw."""


def sign_flip_test(differences: ArrayLike, alternative: Alternative = "two-sided") -> Metric:
    """p-value of a mean paired difference over seeds, under random signs; n is the seeds.

    Up to 24 seeds it is exact: all 2^seeds sign assignments are summed, and the smallest two-sided
    value is 2 / 2^seeds: with 5 seeds .0625, with 6 .03125. With more, 100,000 assignments are
    drawn from a fixed seed and the observed one counts among them, so that the value is never 0
    (Phipson & Smyth 2010, https://arxiv.org/abs/1603.05766); the convention says so.
    "greater" asks for a positive mean only. NaN if a seed is NaN.
    """
    values = per_seed_vector(differences, "differences")
    _check_alternative(alternative)
    exact = len(values) <= MOST_SEEDS

    def value() -> float:
        if np.isnan(values).any():
            return math.nan
        sums = _all_sums(values) if exact else _drawn_sums(values)
        slack = 1e-9 * np.abs(values).sum()
        if alternative == "greater":
            return float((sums >= values.sum() - slack).mean())
        return float((np.abs(sums) >= abs(values.sum()) - slack).mean())

    drawn = f"{FLIPS:,} random sign flips and the observed one, seed {FLIP_SEED}"
    flips = "exact sign flips" if exact else drawn
    return measure(len(values), f"p-value, {flips}, {alternative}", value)


def _all_sums(values: Floats) -> Floats:
    """`[2^seeds]` sums of `values [seeds]` under every assignment of signs."""
    sums = np.zeros(1)
    for difference in values:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _drawn_sums(values: Floats) -> Floats:
    """`[1 + FLIPS]` sums: with the signs as they are, then with drawn ones."""
    draw = np.random.default_rng(FLIP_SEED)
    sums = np.zeros(FLIPS)
    for difference in values:
        sums += np.where(draw.integers(2, size=FLIPS, dtype=np.int8), difference, -difference)
    return np.append(values.sum(), sums)


def mcnemar_exact(
    first: ArrayLike, second: ArrayLike, alternative: Alternative = "two-sided"
) -> Metric:
    """Exact p-value that `first` and `second` happen equally often on the same items.

    Only discordant items count; without any it is 1. n counts all pairs.

    Args:
        first, second: `[n]` booleans, such as "student inherits", "control inherits" on CW.
        alternative: "greater" asks whether `first` happens more often.
    """
    left, right = np.asarray(first), np.asarray(second)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(f"expected two [n] arrays of booleans, got {left.shape}, {right.shape}")
    if len(left) and not (left.dtype == right.dtype == np.bool_):
        raise ValueError(f"expected booleans, got {left.dtype} and {right.dtype}")
    _check_alternative(alternative)
    only_first, only_second = int((left & ~right).sum()), int((right & ~left).sum())
    discordant = only_first + only_second
    fewer = only_second if alternative == "greater" else min(only_first, only_second)
    sides = 1 if alternative == "greater" else 2
    convention = f"p-value, exact McNemar {only_first}:{only_second}, {alternative}"
    return measure(
        len(left), convention, lambda: min(1.0, sides * float(bdtr(fewer, discordant, 0.5)))
    )


def holm(p_values: Sequence[float]) -> Floats:
    """Holm's adjusted p-values `[tests]`; compare them with the level of the whole family.

    A NaN test could not be made: it stays NaN and does not count.
    """
    given = per_seed_vector(p_values, "p_values")
    tested = np.flatnonzero(~np.isnan(given))
    if not ((given[tested] >= 0) & (given[tested] <= 1)).all():
        raise ValueError("p-values must lie in [0, 1]")
    order = tested[np.argsort(given[tested], kind="stable")]
    adjusted = np.full(len(given), np.nan)
    steps = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def _check_alternative(alternative: str) -> None:
    if alternative not in ("two-sided", "greater"):
        raise ValueError(f"alternative must be 'two-sided' or 'greater', got {alternative!r}")
