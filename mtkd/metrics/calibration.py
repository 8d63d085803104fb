"""Binned calibration errors of the most likely class.

Plug-in errors (ECE, RMSCE, MCE) grow as n shrinks even for a calibrated model, so two values are
comparable only at the same n; `debiased_l2` is made for different n.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Metric, check_count, measure
from mtkd.metrics.binning import Bins, Closed, equal_mass_bins, equal_width_bins


def ece(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """Expected calibration error, sum_b (n_b/n) |confidence_b - accuracy_b|, in [0, 1].

    Guo et al. 2017, equation 3, https://arxiv.org/abs/1706.04599.
    """
    return _expected(equal_width_bins(predictions, truth, bins, closed))


def equal_mass_ece(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Metric:
    """ECE over bins of equal size, in [0, 1]; called adaptive ECE by others.

    Less biased than equal widths on real networks (Roelofs et al. 2022,
    https://arxiv.org/abs/2012.08668).
    """
    return _expected(equal_mass_bins(predictions, truth, bins))


def _expected(bins: Bins) -> Metric:
    return measure(bins.n, bins.convention, lambda: (bins.share * np.abs(bins.gap)).sum())


def ece_overconfident(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """The part of `ece` from bins that are too sure, sum_b (n_b/n) max(gap_b, 0)."""
    table = equal_width_bins(predictions, truth, bins, closed)
    convention = f"overconfident bins of {table.convention}"
    return measure(table.n, convention, lambda: (table.share * table.gap.clip(min=0)).sum())


def ece_underconfident(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """The part of `ece` from bins that are not sure enough, sum_b (n_b/n) max(-gap_b, 0)."""
    table = equal_width_bins(predictions, truth, bins, closed)
    convention = f"underconfident bins of {table.convention}"
    return measure(table.n, convention, lambda: (table.share * (-table.gap).clip(min=0)).sum())


def overconfidence_error(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """sum_b (n_b/n) confidence_b max(gap_b, 0), in [0, 1].

    Thulasidasan et al. 2019, https://arxiv.org/abs/1905.11001.
    """
    table = equal_width_bins(predictions, truth, bins, closed)
    weight = table.share * np.nan_to_num(table.confidence)
    return measure(table.n, table.convention, lambda: (weight * table.gap.clip(min=0)).sum())


def rmsce(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """Root mean square calibration error, sqrt(sum_b (n_b/n) gap_b^2), in [0, 1]."""
    table = equal_width_bins(predictions, truth, bins, closed)
    return measure(table.n, table.convention, lambda: math.sqrt((table.share * table.gap**2).sum()))


def mce(
    predictions: ArrayLike,
    truth: ArrayLike,
    bins: int = 15,
    closed: Closed = "left",
    min_count: int = 1,
) -> Metric:
    """Maximum calibration error, the largest |gap_b|, in [0, 1].

    Args:
        min_count: Smaller bins are left out: below about 20 items a gap says little. n counts
            the items in the bins that stay; none gives NaN.
    """
    check_count(min_count, "min_count")
    table = equal_width_bins(predictions, truth, bins, closed)
    large = table.count >= min_count
    convention = f"{table.convention}, at least {min_count} items"
    n = int(table.count[large].sum())
    return measure(n, convention, lambda: np.abs(table.gap[large]).max())


def debiased_l2_squared(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Metric:
    """sum_b (n_b/n) [gap_b^2 - accuracy_b (1 - accuracy_b) / (n_b - 1)], in [-1/4, 1].

    Unbiased for the squared error of the binned model, so it may be negative. Bins with fewer
    than 2 items contribute 0. Kumar et al. 2019, https://arxiv.org/abs/1909.10155.
    """
    table = equal_mass_bins(predictions, truth, bins)
    enough = table.count > 1
    noise = table.accuracy * (1 - table.accuracy) / np.where(enough, table.count - 1, 1)
    terms = np.where(enough, table.gap**2 - noise, 0.0)
    convention = f"{table.convention}, debiased, signed, {int((~enough).sum())} bins below 2 items"
    return measure(table.n, convention, lambda: (table.share * terms).sum())


def debiased_l2(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Metric:
    """sqrt(max(debiased_l2_squared, 0)), in [0, 1]: 0 means no error was detectable."""
    squared = debiased_l2_squared(predictions, truth, bins)
    convention = f"root of the positive part: {squared.convention}"
    return measure(squared.n, convention, lambda: math.sqrt(max(squared.value, 0)))
