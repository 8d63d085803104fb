"""How far a break-even holds when its inputs are wrong."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtkd.economics.breakeven import WRONG_ABOVE, payback_months
from mtkd.economics.case import Case, Number, savings
from mtkd.economics.outcome import evaluate

LABELS = {
    "requests": "requests a month",
    "teacher_price": "teacher's price",
    "student_price": "student's price",
    "training_cost": "training cost",
    "hosting": "hosting",
    "fallback_share": "fallback share",
    "monitoring": "monitoring",
    "refresh_cost": "refresh cost",
    "price_drop": "fall of the teacher's price",
}
"""Fields of `Case` that a tornado varies, as a reader calls them."""
SHARES = ("fallback_share", "price_drop")
SAMPLED = ("requests", "teacher_price", "fallback_share", "training_cost")
LOOKED_AHEAD = 120
"""Months that a simulation looks ahead where the case has no horizon."""


@dataclass(frozen=True)
class Swing:
    """Break-even with one input at its low and at its high end; months, None for never."""

    name: str
    low: float
    high: float
    months_low: float | None
    months_high: float | None

    @property
    def width(self) -> float:
        """Months between the two ends; infinity when one of them is never."""
        ends = self.months_low, self.months_high
        known = [months for months in ends if months is not None]
        return abs(known[0] - known[1]) if len(known) == 2 else math.inf if known else 0.0


@dataclass(frozen=True)
class Sample:
    """Break-even of a case whose inputs are drawn at random.

    Attributes:
        months: `[draws]`, sorted; infinity where the cost is not paid back within `ahead`.
        within: Share of draws with break-even <= 12 months, in [0, 1].
        never: Share of draws that are not paid back within `ahead` months.
        spreads: What was drawn: input -> half width of its uniform distribution, as a share.
    """

    months: NDArray[np.float64]
    within: float
    never: float
    ahead: int
    seed: int
    spreads: Mapping[str, float]

    def quantile(self, share: float) -> float:
        """Months by which this share of draws is paid back; infinity if it never is."""
        return float(np.quantile(self.months, share, method="inverted_cdf"))


def tornado(case: Case, spread: float = 0.5) -> list[Swing]:
    """Every input by itself at (1 - spread) and (1 + spread) of its value, the widest first.

    Shares end at 1. An input of 0 has no such range and is left out.
    """
    given, swings = asdict(case), []
    for name, label in LABELS.items():
        if given[name] > 0:
            ends = [float(_end(name, given[name] * part)) for part in (1 - spread, 1 + spread)]
            months = [_months(case, {name: end}) for end in ends]
            swings.append(Swing(label, ends[0], ends[1], months[0], months[1]))
    return sorted(swings, key=lambda swing: -swing.width)


def monte_carlo(
    case: Case, spreads: Mapping[str, float], draws: int = 10_000, seed: int = 0
) -> Sample:
    """Break-even of `draws` cases whose inputs are uniform around their values, independently.

    Args:
        case: The middle; all its fields are single numbers.
        spreads: Input in `SAMPLED` -> half width as a share of its value, in [0, 1].
        draws: How many.
        seed: The same seed gives the same numbers.

    Raises:
        ValueError: A spread for an input that is not sampled.
    """
    unknown = sorted(set(spreads) - set(SAMPLED))
    if unknown:
        raise ValueError(f"cannot draw {', '.join(unknown)}; only {', '.join(SAMPLED)} are drawn")
    generator, ahead = np.random.default_rng(seed), case.horizon or LOOKED_AHEAD
    middle, drawn = asdict(case), dict[str, Any]()
    for name in SAMPLED:
        factor = 1 + spreads.get(name, 0.0) * generator.uniform(-1, 1, draws)
        drawn[name] = _end(name, middle[name] * factor)
    case = replace(case, **drawn)
    months = np.sort(payback_months(case.training_cost, savings(case, ahead)))
    within, never = (months <= WRONG_ABOVE).mean(), np.isinf(months).mean()
    return Sample(months, float(within), float(never), ahead, seed, dict(spreads))


def _months(case: Case, changed: Mapping[str, Any]) -> float | None:
    return evaluate(replace(case, **changed)).months


def _end(name: str, value: Number) -> Number:
    return np.minimum(value, 1.0) if name in SHARES else value
