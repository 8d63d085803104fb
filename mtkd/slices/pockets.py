"""Hidden regression pockets: discovered on one half of the items, confirmed on the other.

The half that is searched only chooses what to test. Every number that is reported, its interval
and its p-value come from the other half, so no finding is better than it is because it was picked
(the winner's curse), and Holm's correction over the few that are tested holds the error rate of
all claims of a comparison together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from mtkd.metrics import holm
from mtkd.slices.compared import Compared
from mtkd.slices.counts import Counts
from mtkd.slices.exact import regresses
from mtkd.slices.paired import bounds
from mtkd.slices.search import SEARCHES, Chosen, choose
from mtkd.slices.slice import Slice


class Status(Enum):
    """What became of a slice."""

    CONFIRMED = "confirmed"
    OPEN = "not confirmed"
    EXPLAINED = "explained"
    OVER = "not tested"
    QUIET = "no sign"
    SMALL = "too small"


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        level: Probability of any wrong claim, and the level of the search.
        smallest: Fewest items of a slice in the half that is searched.
        most: Slices of a domain carried to confirmation, of those about the items and of those
            about what models said, each.
        search: "counted" or "sliceline", what looks for conjunctions.

    Raises:
        ValueError: A number is out of its range.
    """

    level: float = 0.05
    smallest: int = 20
    most: int = 10
    search: str = "counted"

    def __post_init__(self) -> None:
        if not 0 < self.level < 0.5:
            raise ValueError(f"--level must lie in (0, 0.5), got {self.level}")
        for name, value in (("--smallest", self.smallest), ("--most", self.most)):
            if value < 1:
                raise ValueError(f"{name} must be a whole number from 1, got {value}")
        if self.search not in SEARCHES:
            raise ValueError(f"--search must be one of {', '.join(SEARCHES)}, got {self.search!r}")


@dataclass(frozen=True)
class Pocket:
    """One slice on the half that confirms.

    Attributes:
        low, high: Tango's 95 % interval of the net regression, for this slice alone.
        p: Exact McNemar, one-sided: only the student is wrong more often.
        p_rest: Exact: the slice is worse than the rest of the domain (see `Slice.exceeds`); beside
            a slice that holds it, also than the rest of that one.
        p_holm: Holm's correction of the larger of both; NaN unless the slice was tested.
        because: The slice that explains it.
    """

    slice: Slice
    counts: Counts
    low: float
    high: float
    p: float
    p_rest: float
    status: Status
    p_holm: float = float("nan")
    because: Slice | None = None


def find_pockets(comparisons: Sequence[Compared], request: Request) -> list[Pocket]:
    """Every slice of every domain, and which of them are confirmed as pockets.

    Args:
        comparisons: One for each domain; together they are one family of claims.
    """
    found = [
        _measure(compared, chosen, one, request)
        for compared in comparisons
        for chosen in [
            choose(compared, request.level, request.smallest, request.most, request.search)
        ]
        for one in chosen.all
    ]
    tested = [place for place, one in enumerate(found) if one.status is Status.OPEN]
    adjusted = holm([float(np.fmax(found[place].p, found[place].p_rest)) for place in tested])
    for place, p in zip(tested, adjusted, strict=True):
        status = Status.CONFIRMED if p <= request.level else Status.OPEN
        found[place] = replace(found[place], p_holm=float(p), status=status)
    return found


def _measure(compared: Compared, chosen: Chosen, one: Slice, request: Request) -> Pocket:
    counts = chosen.confirming(one)
    p_rest = one.exceeds(counts, chosen.confirming(Slice(one.domain, "domain")))
    if outer := chosen.within.get(one):
        p_rest = float(np.fmax(p_rest, one.exceeds(counts, chosen.confirming(outer))))
    status = _status(chosen, one, request.smallest)
    return Pocket(
        one, counts, *bounds(counts), regresses(counts), p_rest, status,
        because=chosen.explained.get(one),
    )  # fmt: skip


def _status(chosen: Chosen, one: Slice, smallest: int) -> Status:
    if one in chosen.tested:
        return Status.OPEN
    if one in chosen.explained:
        return Status.EXPLAINED
    if one in chosen.over:
        return Status.OVER
    return Status.QUIET if chosen.searching(one).n >= smallest else Status.SMALL
