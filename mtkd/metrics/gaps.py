"""Errors of one table of bins; `calibration` gives each a name and makes its table."""

import math

import numpy as np

from mtkd.metrics.base import Metric, measure
from mtkd.metrics.binning import Bins


def said(table: Bins) -> str:
    """The convention of the bins, and how many of them hold items: gaps are about those."""
    return f"{table.convention}, {int((table.count > 0).sum())} filled"


def expected(table: Bins) -> Metric:
    """sum_b (n_b/n) |gap_b|."""
    return measure(table.n, said(table), lambda: (table.share * np.abs(table.gap)).sum())


def overconfident_part(table: Bins) -> Metric:
    """sum_b (n_b/n) max(gap_b, 0)."""
    convention = f"overconfident bins of {said(table)}"
    return measure(table.n, convention, lambda: (table.share * table.gap.clip(min=0)).sum())


def underconfident_part(table: Bins) -> Metric:
    """sum_b (n_b/n) max(-gap_b, 0)."""
    convention = f"underconfident bins of {said(table)}"
    return measure(table.n, convention, lambda: (table.share * (-table.gap).clip(min=0)).sum())


def weighted_overconfidence(table: Bins) -> Metric:
    """sum_b (n_b/n) confidence_b max(gap_b, 0)."""
    weight = table.share * np.nan_to_num(table.confidence)
    return measure(table.n, said(table), lambda: (weight * table.gap.clip(min=0)).sum())


def root_mean_square(table: Bins) -> Metric:
    """sqrt(sum_b (n_b/n) gap_b^2)."""
    return measure(table.n, said(table), lambda: math.sqrt((table.share * table.gap**2).sum()))


def largest(table: Bins, min_count: int) -> Metric:
    """max |gap_b| over bins with at least `min_count` items."""
    large = table.count >= min_count
    convention = f"{said(table)}, at least {min_count} items"
    n = int(table.count[large].sum())
    return measure(n, convention, lambda: np.abs(table.gap[large]).max())


def debiased_square(table: Bins) -> Metric:
    """sum_b (n_b/n) [gap_b^2 - accuracy_b (1 - accuracy_b) / (n_b - 1)], 0 where n_b < 2."""
    enough = table.count > 1
    noise = table.accuracy * (1 - table.accuracy) / np.where(enough, table.count - 1, 1)
    terms = np.where(enough, table.gap**2 - noise, 0.0)
    convention = f"{said(table)}, debiased, signed, {int((~enough).sum())} bins below 2 items"
    return measure(table.n, convention, lambda: (table.share * terms).sum())


def positive_root(squared: Metric) -> Metric:
    """sqrt(max(squared, 0))."""
    convention = f"root of the positive part: {squared.convention}"
    return measure(squared.n, convention, lambda: math.sqrt(max(squared.value, 0)))
