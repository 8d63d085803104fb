"""Statistics that are ratios of sums over items: one form for values and for bootstraps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Metric, measure, ratio


@dataclass(frozen=True)
class Contributions:
    """What every item adds to the numerator and the denominator of one statistic of one run.

    The statistic is `numerator.sum() / denominator.sum()`. Keeping the items lets a bootstrap
    weigh them instead of computing the statistic again (`mtkd.metrics.crossed_interval`).

    Attributes:
        numerator: `[n]`, finite.
        denominator: `[n]`, finite.
        size: Items of the set the statistic is about; 0 makes it NaN.
        convention: How the statistic is defined.
    """

    numerator: Floats
    denominator: Floats
    size: int
    convention: str

    def metric(self) -> Metric:
        """The statistic over all items; NaN where the set or the denominator is empty."""
        return measure(
            self.size,
            self.convention,
            lambda: ratio(self.numerator.sum(), self.denominator.sum()),
        )


def mean_over(values: ArrayLike, members: Booleans, convention: str) -> Contributions:
    """The mean of `values` `[n]` over the items that are `members` `[n]`."""
    inside = members.astype(np.float64)
    return Contributions(np.where(members, values, 0.0), inside, int(members.sum()), convention)


def mean_of(values: ArrayLike, convention: str) -> Contributions:
    """The mean of `values` `[n]` over all items."""
    given = np.asarray(values)
    return mean_over(given, np.ones(given.shape, dtype=np.bool_), convention)


def per_cluster(items: Contributions, clusters: ArrayLike) -> Contributions:
    """The same statistic with whole clusters (sequences, documents, patients) as its items.

    Its value does not change; a bootstrap of it resamples clusters, as it must when the items
    of a cluster are not independent.

    Args:
        clusters: `[n]`, any values; equal ones belong together.
    """
    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    if place.shape != items.numerator.shape:
        raise ValueError(f"clusters must be {list(items.numerator.shape)}, got {list(place.shape)}")
    numerator: Floats = np.zeros(len(names))
    denominator: Floats = np.zeros(len(names))
    np.add.at(numerator, place, items.numerator)
    np.add.at(denominator, place, items.denominator)
    convention = f"{items.convention}, by {len(names)} clusters"
    return Contributions(numerator, denominator, items.size, convention)


def check_seeds(runs: Sequence[Contributions], name: str) -> None:
    """Stop unless all runs are about the same number of items."""
    sizes = {len(run.numerator) for run in runs}
    if len(sizes) > 1:
        raise ValueError(
            f"{name} must be about the same items for every seed, got {sorted(sizes)} items"
        )
