"""May this student replace the reference? Non-inferiority on slices named before looking.

A slice passes when the upper bound of its net regression (only the student wrong minus only the
reference wrong, over its items) is at most its margin. All must pass, so no correction for their
number is needed: a student that is worse than the margin anywhere passes with probability of at
most 1 - confidence (an intersection-union test, Berger 1982, doi 10.1080/00401706.1982.10487790).
Nothing was searched, so all items of a slice count. Tango's bound is not exact: enumerated over
all tables of 60, 150 and 300 items, a student exactly at a margin of .02 or .05 passes with
probability of at most .060 at a confidence of .95, whatever the error rates.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy.special import ndtri

from mtkd.config import ConfigError
from mtkd.slices.compared import Compared
from mtkd.slices.counts import Counts, count
from mtkd.slices.paired import bounds
from mtkd.slices.registered import Registered, Registry

POWER = 0.8
"""Probability of passing that a student exactly as good as the reference should have."""


class Verdict(Enum):
    """Of a slice, or of all of them."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Judged:
    """One pre-registered slice.

    Attributes:
        low, high: One-sided bounds of the net regression, each at the slice's confidence.
        needed: Items with which an equally good student would pass 8 times in 10.
    """

    registered: Registered
    domain: str
    counts: Counts
    low: float
    high: float
    needed: int
    verdict: Verdict

    @property
    def reason(self) -> str:
        """Why, in words."""
        limit, high = f"{self.registered.margin:.3g}", f"{self.high:.4f}"
        if self.verdict is Verdict.PASS:
            return f"the upper bound {high} is at most the margin {limit}"
        if self.verdict is Verdict.UNDECIDED:
            return f"{self.counts.n} items cannot tell, about {self.needed} would"
        if self.low > self.registered.margin:
            return f"even the lower bound {self.low:.4f} exceeds the margin {limit}"
        return f"the upper bound {high} exceeds the margin {limit}, with items enough to pass"


@dataclass(frozen=True)
class Gate:
    """All slices; the gate passes if each passes, or is undecided and that is to pass."""

    registry: Registry
    judged: tuple[Judged, ...]

    @property
    def verdict(self) -> Verdict:
        found = {one.verdict for one in self.judged}
        if Verdict.FAIL in found:
            return Verdict.FAIL
        if Verdict.UNDECIDED in found:
            return Verdict(self.registry.undecided)
        return Verdict.PASS

    @property
    def status(self) -> int:
        """Exit status: 0 pass, 1 fail."""
        return 0 if self.verdict is Verdict.PASS else 1


def judge(comparisons: Sequence[Compared], registry: Registry) -> Gate:
    """Every slice of a registry, on the items it is about.

    Raises:
        ConfigError: A slice names an unknown domain, column or value, or is empty.
    """
    by_domain = {one.domain: one for one in comparisons}
    return Gate(registry, tuple(_judge(by_domain, one) for one in registry.slices))


def verdict(counts: Counts, margin: float, confidence: float) -> tuple[Verdict, float, float, int]:
    """Verdict, lower and upper bound, and items needed, of one slice.

    Undecided: neither bound decides, and the slice has fewer items than are needed.
    """
    low, high = bounds(counts, 2 * confidence - 1)
    needed = items_needed(counts, margin, confidence)
    if high <= margin:
        return Verdict.PASS, low, high, needed
    small = counts.n < needed and low <= margin
    return (Verdict.UNDECIDED if small else Verdict.FAIL), low, high, needed


def items_needed(counts: Counts, margin: float, confidence: float) -> int:
    """Items with which a student as good as the reference passes with probability .8.

    d (z_confidence + z_power)^2 / margin^2, with d the share of items on which the two differ, as
    observed; and at least z_confidence^2 (1 - margin) / margin, which is what passing takes when
    they differ on none.
    """
    z = float(ndtri(confidence))
    differ = (counts.worse + counts.better) / counts.n
    needed = differ * (z + float(ndtri(POWER))) ** 2 / margin**2
    return math.ceil(max(needed, z**2 * (1 - margin) / margin) - 1e-9)


def _judge(by_domain: Mapping[str, Compared], one: Registered) -> Judged:
    domain = next(iter(by_domain)) if one.domain is None else one.domain
    if domain not in by_domain:
        raise ConfigError(f"{one.at}.domain is {domain!r}, expected one of {', '.join(by_domain)}")
    compared = by_domain[domain]
    inside = np.ones(len(compared), np.bool_)
    for condition in one.where:
        inside &= condition.holds(compared, one.at)
    if not inside.any():
        raise ConfigError(
            f"{one.at} ({one.name}) is empty: no item of {domain} has all of "
            f"{' and '.join(condition.text for condition in one.where)}"
        )
    counts = count(compared, inside)
    found, low, high, needed = verdict(counts, one.margin, one.confidence)
    return Judged(one, domain, counts, low, high, needed, found)
