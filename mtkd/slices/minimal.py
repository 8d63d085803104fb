"""Of many overlapping slices, those that the others do not explain.

A planted pocket raises the error rate of everything that overlaps it. So (1) a conjunction must
earn each of its terms: it is dropped when it is not clearly worse than the rest of a slice with
one term fewer; (2) a slice is dropped when a conjunction within it is clearly worse than its rest
and that rest shows nothing; (3) from the clearest slice on, one that shows nothing outside those
kept is dropped. But (4) where a conjunction within a kept slice is clearly worse than the rest of
it, as where the border of a pocket lies within a value, the clearest such one is kept beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Booleans
from mtkd.slices.counts import Counts
from mtkd.slices.exact import more_than_rest, regresses
from mtkd.slices.slice import Slice


@dataclass(frozen=True)
class Minimal:
    """What is left.

    Attributes:
        kept: Clearest first.
        explained: The others, and the slice that each is explained by.
        over: Slices that came when `most` others were kept.
        within: Those kept beside a slice that holds them, and that slice.
    """

    kept: tuple[Slice, ...]
    explained: Mapping[Slice, Slice]
    over: tuple[Slice, ...]
    within: Mapping[Slice, Slice]


@dataclass(frozen=True)
class Evidence:
    """The items that are searched.

    Attributes:
        members: `[item]` of a slice.
        tally: Counts of items.
        level: Above this p-value a difference is none.
    """

    members: Callable[[Slice], Booleans]
    tally: Callable[[Booleans], Counts]
    level: float

    def exceeds_rest(self, inner: Slice, outer: Slice, tests: int = 1) -> bool:
        """Whether `inner` is clearly worse than the rest of `outer`; of so many tests."""
        inside, whole = self.tally(self.members(inner)), self.tally(self.members(outer))
        return more_than_rest(inside, whole) * tests <= self.level

    def left_over(self, one: Slice, others: Sequence[Slice]) -> bool:
        """Whether the student regresses on what none of the `others` covers."""
        rest = self.members(one) & ~np.logical_or.reduce([self.members(s) for s in others])
        return regresses(self.tally(rest)) <= self.level


def minimal(candidates: Mapping[Slice, float], evidence: Evidence, most: int) -> Minimal:
    """Drop what is explained by something else.

    Args:
        candidates: Slices of one domain that regress, with their p-values.
        most: Kept at most.
    """
    ordered = sorted(candidates, key=lambda s: (candidates[s], len(s.terms), s))
    explained: dict[Slice, Slice] = {}
    for one in ordered:
        if parent := _explaining_parent(one, evidence):
            explained[one] = parent
    earned = [one for one in ordered if one not in explained]
    kept: list[Slice] = []
    over: list[Slice] = []
    for one in earned:
        because = _narrower(one, earned, evidence) or _overlapping(one, kept, evidence)
        if because:
            explained[one] = because
        else:
            (kept if len(kept) < most else over).append(one)
    within = _within(kept[: most - len(kept)], earned, evidence)
    explained = {one: why for one, why in explained.items() if one not in within}
    reasons = {one: _last(one, explained) for one in explained}
    return Minimal((*kept, *within), reasons, tuple(over), within)


def _last(one: Slice, explained: Mapping[Slice, Slice]) -> Slice:
    """What explains a slice, and is not explained itself."""
    while one in explained:
        one = explained[one]
    return one


def _explaining_parent(one: Slice, evidence: Evidence) -> Slice | None:
    """A slice with one term fewer than whose rest this one is not clearly worse."""
    parents = one.parents() if len(one.terms) > 1 else []
    return next((each for each in parents if not evidence.exceeds_rest(one, each)), None)


def _narrower(one: Slice, earned: Sequence[Slice], evidence: Evidence) -> Slice | None:
    """A conjunction within this slice that holds all of its regression."""
    within = [other for other in earned if set(one.terms) < set(other.terms)]
    for inner in within:
        if evidence.exceeds_rest(inner, one, len(within)) and not evidence.left_over(one, [inner]):
            return inner
    return None


def _within(
    kept: Sequence[Slice], earned: Sequence[Slice], evidence: Evidence
) -> dict[Slice, Slice]:
    """By the clearest conjunction that is clearly worse than the rest of a kept slice: that one."""
    found: dict[Slice, Slice] = {}
    for outer in kept:
        inner = [one for one in earned if set(outer.terms) < set(one.terms)]
        clear = (one for one in inner if evidence.exceeds_rest(one, outer, len(inner)))
        if (one := next(clear, None)) is not None and one not in kept:
            found.setdefault(one, outer)
    return found


def _overlapping(one: Slice, kept: Sequence[Slice], evidence: Evidence) -> Slice | None:
    """The kept slice that overlaps most, if nothing is left outside all that are kept."""
    inside = evidence.members(one)
    shared = [int(np.count_nonzero(inside & evidence.members(other))) for other in kept]
    if not any(shared) or evidence.left_over(one, kept):
        return None
    return kept[int(np.argmax(shared))]
