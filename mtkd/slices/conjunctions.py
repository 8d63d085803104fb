"""Every conjunction of up to three values, counted; and the same search by SliceLine.

Counting is exhaustive: two or three attributes together are one code for each item, and three
passes over the items count all their combinations. SliceLine (Sagadeeva and Boehm 2021,
https://doi.org/10.1145/3448016.3457323) searches for high error rates with a penalty on small
slices, and knows nothing of items that only the reference gets wrong.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from mtkd.metrics.base import Booleans, Floats, Integers
from mtkd.slices.attributes import Attribute
from mtkd.slices.compared import Compared
from mtkd.slices.exact import regression_p
from mtkd.slices.slice import Slice

MOST_TERMS = 3
SIZE_SHARE = 0.99
"""SliceLine's alpha. At .95 a pocket of 33 among 20,000 items has no positive score."""
MOST_SLICES = 50
"""How many SliceLine returns."""


def counted(
    compared: Compared,
    inherent: Sequence[Attribute],
    half: Booleans,
    smallest: int,
    level: float,
) -> list[Slice]:
    """Conjunctions of 2 or 3 values in which the student regresses, by McNemar's exact test.

    Args:
        inherent: Attributes that may be joined, one layer each.
        half: `[item]`, the items to look at.
        smallest: Fewest items of a slice.
        level: Largest p-value, of the search itself; nothing is claimed from it.
    """
    found = []
    for size in range(2, MOST_TERMS + 1):
        for chosen in combinations(inherent, size):
            shape = [len(one.values) for one in chosen]
            joint = np.ravel_multi_index([one.codes[0, half] for one in chosen], shape)
            cells = _regressing(compared, half, joint, smallest, level)
            for places in zip(*np.unravel_index(cells, shape), strict=True):
                pairs = [(one, int(place)) for one, place in zip(chosen, places, strict=True)]
                found.append(_slice(compared.domain, pairs))
    return found


def _regressing(
    compared: Compared, half: Booleans, joint: Integers, smallest: int, level: float
) -> Integers:
    """The codes among `joint` `[item of the half]` whose items regress."""
    distinct, cells = np.unique(joint, return_inverse=True)
    n = np.bincount(cells)
    worse = np.bincount(cells[compared.worse[half]], minlength=len(n))
    better = np.bincount(cells[compared.better[half]], minlength=len(n))
    kept = (n >= smallest) & (worse > better) & (regression_p(worse, better) <= level)
    chosen: Integers = distinct[kept]
    return chosen


def by_sliceline(
    compared: Compared, inherent: Sequence[Attribute], half: Booleans, smallest: int
) -> list[Slice]:
    """The best conjunctions of 2 or 3 values by SliceLine's score of negative flips.

    Raises:
        ValueError: The library is not installed.
    """
    try:
        from sliceline.slicefinder import Slicefinder
    except ImportError:
        raise ValueError(
            "--search sliceline needs the library sliceline, which is not installed; pip install "
            "'mtkd[slices]', or leave --search out: counting finds every conjunction"
        ) from None
    if len(inherent) < 2 or not half.any():
        return []
    finder = Slicefinder(
        alpha=SIZE_SHARE, k=MOST_SLICES, max_l=MOST_TERMS, min_sup=smallest, verbose=False
    )
    errors: Floats = compared.worse[half].astype(np.float64)
    finder.fit(np.stack([one.codes[0, half] for one in inherent], axis=1), errors)
    tops = [
        [(one, int(v)) for one, v in zip(inherent, row, strict=True) if v is not None]
        for row in finder.top_slices_.tolist()
    ]
    return [_slice(compared.domain, pairs) for pairs in tops if len(pairs) > 1]


def _slice(domain: str, pairs: Sequence[tuple[Attribute, int]]) -> Slice:
    terms = sorted((attribute.name, attribute.values[value]) for attribute, value in pairs)
    return Slice(domain, "conjunction", tuple(terms))
