"""A slice: the items of a domain that have certain values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Booleans
from mtkd.slices.attributes import ABOUT_ANSWERS, Attribute
from mtkd.slices.counts import Counts
from mtkd.slices.exact import more_of_flips, more_than_rest

Term = tuple[str, str]
"""Name of an attribute, and one of its values."""

WHOLE = "all items"


@dataclass(frozen=True, order=True)
class Slice:
    """Items that have every one of some values; without terms the whole domain.

    Attributes:
        terms: Of distinct attributes, in the order of their names.
        kind: domain, that of its one attribute, or conjunction.
    """

    domain: str
    kind: str
    terms: tuple[Term, ...] = ()

    @property
    def name(self) -> str:
        """`label = 8 and part = left`."""
        return " and ".join(value for _, value in self.terms) or WHOLE

    def exceeds(self, inside: Counts, whole: Counts) -> float:
        """Exact p-value that this slice is worse than the rest of its domain; NaN without one."""
        test = more_of_flips if self.kind in ABOUT_ANSWERS else more_than_rest
        return test(inside, whole)

    def parents(self) -> list["Slice"]:
        """The slices with one term fewer; their kind plays no part."""
        return [
            Slice(self.domain, "parent", self.terms[:place] + self.terms[place + 1 :])
            for place in range(len(self.terms))
        ]

    def members(self, attributes: Mapping[str, Attribute], n: int) -> Booleans:
        """`[item]`: in the slice, of `n` items."""
        inside = np.ones(n, np.bool_)
        for name, value in self.terms:
            inside &= attributes[name].members(value)
        return inside
