"""The half that is searched: which slices go to confirmation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from mtkd.metrics.base import Booleans
from mtkd.slices.always import attributes
from mtkd.slices.attributes import Attribute
from mtkd.slices.compared import Compared
from mtkd.slices.conjunctions import by_sliceline, counted
from mtkd.slices.counts import Counts, count
from mtkd.slices.exact import regresses
from mtkd.slices.halves import discovery_half
from mtkd.slices.minimal import Evidence, minimal
from mtkd.slices.slice import Slice

SEARCHES = ("counted", "sliceline")


class Halves:
    """Slices of one domain in either half; what was counted once is kept."""

    def __init__(self, compared: Compared, attributes: Mapping[str, Attribute]) -> None:
        self.compared = compared
        self.half = discovery_half(compared.origins)
        # The last few sets of items only: thousands of them would not fit into memory.
        self._members = lru_cache(128)(lambda one: one.members(attributes, len(compared)))
        self.searching = cache(lambda one: count(compared, self.searched(one)))
        self.confirming = cache(lambda one: count(compared, self._members(one) & ~self.half))

    searching: Callable[[Slice], Counts]
    """Counts in the half that is searched; they choose and are never reported."""
    confirming: Callable[[Slice], Counts]
    """Counts in the other half."""

    def searched(self, one: Slice) -> Booleans:
        """`[item]` of the slice in the half that is searched."""
        members: Booleans = self._members(one)
        return members & self.half


@dataclass(frozen=True, eq=False)
class Chosen:
    """What the search says about a domain.

    Attributes:
        all: Slices to report: the whole domain, every value of every attribute, and the
            conjunctions that go to confirmation.
        tested: Those that go to confirmation.
        explained: Slices that regress, and what explains each.
        over: Slices that were one too many.
        within: Slices that go to confirmation beside one that holds them, and that one.
    """

    halves: Halves
    all: Sequence[Slice]
    tested: frozenset[Slice]
    explained: Mapping[Slice, Slice]
    over: frozenset[Slice]
    within: Mapping[Slice, Slice]

    def searching(self, one: Slice) -> Counts:
        """See `Halves`."""
        return self.halves.searching(one)

    def confirming(self, one: Slice) -> Counts:
        """See `Halves`."""
        return self.halves.confirming(one)


def choose(compared: Compared, level: float, smallest: int, most: int, search: str) -> Chosen:
    """Slices that regress in the searched half, more than the rest of it, and are minimal.

    Slices about the items and slices about what models said are two views of the same errors: one
    does not explain the other away.
    """
    found = attributes(compared)
    halves = Halves(compared, {one.name: one for one in found})
    whole = Slice(compared.domain, "domain")
    views = _views(halves, found, smallest, level, search)
    evidence = Evidence(halves.searched, lambda members: count(compared, members), level)
    parts = [
        minimal(_regressing(halves, view, whole, level, smallest), evidence, most) for view in views
    ]
    kept = [one for part in parts for one in part.kept]
    if regresses(halves.searching(whole)) <= level:
        kept.append(whole)
    singles = [one for view in views for one in view if len(one.terms) == 1]
    return Chosen(
        halves,
        [whole, *singles, *(one for one in kept if len(one.terms) > 1)],
        frozenset(kept),
        {one: why for part in parts for one, why in part.explained.items()},
        frozenset(one for part in parts for one in part.over),
        {one: outer for part in parts for one, outer in part.within.items()},
    )


def _views(
    halves: Halves, found: Sequence[Attribute], smallest: int, level: float, search: str
) -> tuple[list[Slice], list[Slice]]:
    """Slices about the items, with the conjunctions of them, and slices about what was said."""
    compared = halves.compared
    inherent = [one for one in found if one.inherent]
    joined = (
        counted(compared, inherent, halves.half, smallest, level)
        if search == "counted"
        else by_sliceline(compared, inherent, halves.half, smallest)
    )
    about_answers = [one for one in found if not one.inherent]
    return (
        [*_singles(compared.domain, inherent), *joined],
        _singles(compared.domain, about_answers),
    )


def _singles(domain: str, found: Sequence[Attribute]) -> list[Slice]:
    return [Slice(domain, one.kind, ((one.name, value),)) for one in found for value in one.values]


def _regressing(
    halves: Halves, slices: Sequence[Slice], whole: Slice, level: float, smallest: int
) -> dict[Slice, float]:
    """Slices worse than the reference and than the rest of the domain, with the larger p."""
    everything, found = halves.searching(whole), {}
    for one in slices:
        counts = halves.searching(one)
        if counts.n >= smallest and counts.worse > counts.better:
            p = float(np.fmax(regresses(counts), one.exceeds(counts, everything)))
            if p <= level:
                found[one] = p
    return found
