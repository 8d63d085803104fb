"""Binned calibration errors of the most likely class.

Plug-in errors (ECE, RMSCE, MCE) grow as n shrinks even for a calibrated model, so two values are
comparable only at the same n; `debiased_l2` is made for different n.
"""

from numpy.typing import ArrayLike

from mtkd.metrics import gaps
from mtkd.metrics.base import Metric, check_count
from mtkd.metrics.binning import Closed, equal_mass_bins, equal_width_bins


def ece(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """Expected calibration error, sum_b (n_b/n) |confidence_b - accuracy_b|, in [0, 1].

    Guo et al. 2017, equation 3, https://arxiv.org/abs/1706.04599.
    """
    return gaps.expected(equal_width_bins(predictions, truth, bins, closed))


def equal_mass_ece(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Metric:
    """ECE over bins of equal size, in [0, 1]; called adaptive ECE by others.

    Less biased than equal widths on real networks (Roelofs et al. 2022,
    https://arxiv.org/abs/2012.08668).
    """
    return gaps.expected(equal_mass_bins(predictions, truth, bins))


def ece_overconfident(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """The part of `ece` from bins that are too sure, sum_b (n_b/n) max(gap_b, 0)."""
    return gaps.overconfident_part(equal_width_bins(predictions, truth, bins, closed))


def ece_underconfident(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """The part of `ece` from bins that are not sure enough, sum_b (n_b/n) max(-gap_b, 0)."""
    return gaps.underconfident_part(equal_width_bins(predictions, truth, bins, closed))


def overconfidence_error(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """sum_b (n_b/n) confidence_b max(gap_b, 0), in [0, 1].

    Thulasidasan et al. 2019, https://arxiv.org/abs/1905.11001.
    """
    return gaps.weighted_overconfidence(equal_width_bins(predictions, truth, bins, closed))


def rmsce(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """Root mean square calibration error, sqrt(sum_b (n_b/n) gap_b^2), in [0, 1]."""
    return gaps.root_mean_square(equal_width_bins(predictions, truth, bins, closed))


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
    return gaps.largest(equal_width_bins(predictions, truth, bins, closed), min_count)


def debiased_l2_squared(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Metric:
    """sum_b (n_b/n) [gap_b^2 - accuracy_b (1 - accuracy_b) / (n_b - 1)], in [-1/4, 1].

    Unbiased for the squared error of the binned model, so it may be negative. Bins with fewer
    than 2 items contribute 0. Kumar et al. 2019, https://arxiv.org/abs/1909.10155.
    """
    return gaps.debiased_square(equal_mass_bins(predictions, truth, bins))


def debiased_l2(predictions: ArrayLike, truth: ArrayLike, bins: int = 15) -> Metric:
    """sqrt(max(debiased_l2_squared, 0)), in [0, 1]: 0 means no error was detectable."""
    return gaps.positive_root(debiased_l2_squared(predictions, truth, bins))


def binned_errors(
    predictions: ArrayLike, truth: ArrayLike, bins: int = 15, min_count: int = 20
) -> dict[str, Metric]:
    """All errors of this file by name, items put into bins only once per kind of bins."""
    width = equal_width_bins(predictions, truth, bins)
    mass = equal_mass_bins(predictions, truth, bins)
    squared = gaps.debiased_square(mass)
    return {
        "ece": gaps.expected(width),
        "ece_overconfident": gaps.overconfident_part(width),
        "ece_underconfident": gaps.underconfident_part(width),
        "overconfidence_error": gaps.weighted_overconfidence(width),
        "rmsce": gaps.root_mean_square(width),
        "mce": gaps.largest(width, min_count),
        "equal_mass_ece": gaps.expected(mass),
        "debiased_l2_squared": squared,
        "debiased_l2": gaps.positive_root(squared),
    }
