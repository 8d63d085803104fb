"""One number of a scorecard, with its interval, its n, its convention, and what weakens it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mtkd.metrics import Interval, Metric, wilson
from mtkd.scorecard.names import FIGURES, Kind

FEW = 20
"""Below this many items a figure is marked: its interval says little."""


@dataclass(frozen=True)
class Figure:
    """A named number.

    Attributes:
        name: A key of `mtkd.scorecard.names.FIGURES`, or of a slice, `class 3`.
        value: NaN where it is undefined or could not be measured; the convention says why.
        low, high: Ends of its interval; NaN where there is none.
        n: Items, calls or models it is about; 0 where nothing was measured.
        convention: Every choice that changes the value.
        caution: Why it is under-powered; empty if it is not.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    convention: str
    caution: str = ""

    @property
    def kind(self) -> Kind:
        """What it is; slices are quality ratios."""
        return FIGURES.get(self.name, FIGURES["quality_ratio"])

    @property
    def known(self) -> bool:
        """It has a value."""
        return not math.isnan(self.value)

    def as_json(self) -> dict[str, Any]:
        """Plain values; NaN is null, which every reader of JSON understands."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        plain = {key: None if math.isnan(x) else x for key, x in numbers.items()}
        return {"name": self.name, **plain, "n": self.n, "convention": self.convention} | (
            {"caution": self.caution} if self.caution else {}
        )

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Figure":
        """The reverse of `as_json`; KeyError, TypeError or ValueError if it is none."""
        numbers = (content[key] for key in ("value", "low", "high"))
        value, low, high = (math.nan if x is None else float(x) for x in numbers)
        texts = str(content["convention"]), str(content.get("caution", ""))
        return cls(str(content["name"]), value, low, high, int(content["n"]), *texts)


def of(name: str, metric: Metric, caution: str = "") -> Figure:
    """A metric without an interval."""
    return between(name, Interval(metric, math.nan, math.nan, ""), caution)


def between(name: str, found: Interval, caution: str = "") -> Figure:
    """A metric with its interval; fewer than 20 items are marked."""
    metric = found.metric
    text = f"{metric.convention}; {found.method}" if found.method else metric.convention
    made = Figure(name, metric.value, found.low, found.high, metric.n, text, caution)
    if not caution and made.kind.sampled and 0 < made.n < FEW:
        return replace(made, caution=f"{made.n} items, fewer than {FEW}")
    return made


def share(name: str, count: int, n: int, convention: str) -> Figure:
    """`count` of `n` items with Wilson's interval."""
    found = wilson(count, n)
    return between(name, replace(found, metric=replace(found.metric, convention=convention)))


def fact(name: str, value: float, convention: str) -> Figure:
    """Something counted, not sampled: the size of one model."""
    return Figure(name, float(value), math.nan, math.nan, 1, convention)


def missing(name: str, why: str) -> Figure:
    """What could not be measured: NaN with n = 0, and why."""
    return Figure(name, math.nan, math.nan, math.nan, 0, why)
