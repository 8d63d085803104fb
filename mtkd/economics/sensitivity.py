"""How far a break-even holds when its inputs are wrong."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtkd.economics.breakeven import WRONG_ABOVE, payback_months
from mtkd.economics.case import Case, savings
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
        spreads: What was drawn: input -> half width of its uniform distribution, as a share
            of its value; narrower than asked for where a share would go above 1.
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

    A share goes as far down as it can go up, at most to 1. An input without a range, 0 or a
    share of 1, is left out.
    """
    given, swings = asdict(case), []
    for name, label in LABELS.items():
        width = _width(name, given[name], spread)
        if given[name] > 0 and (width > 0 or not spread):
            ends = given[name] * (1 - width), _end(name, given[name] * (1 + width))
            months = [_months(case, {name: end}) for end in ends]
            swings.append(Swing(label, float(ends[0]), float(ends[1]), months[0], months[1]))
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
    widths = {name: _width(name, middle[name], spread) for name, spread in spreads.items()}
    for name in SAMPLED:
        factor = 1 + widths.get(name, 0.0) * generator.uniform(-1, 1, draws)
        drawn[name] = _end(name, middle[name] * factor)
    case = replace(case, **drawn)
    months = np.sort(payback_months(case.training_cost, savings(case, ahead)))
    within, never = (months <= WRONG_ABOVE).mean(), np.isinf(months).mean()
    return Sample(months, float(within), float(never), ahead, seed, widths)


def _months(case: Case, changed: Mapping[str, Any]) -> float | None:
    return evaluate(replace(case, **changed)).months


def _width(name: str, value: float, spread: float) -> float:
    """Half width around a value, as a share of it: that of a share ends where 1 is reached."""
    return min(spread, (1 - value) / value) if name in SHARES and value else spread


def _end(name: str, value: Any) -> Any:
    # (1 - value) / value times value may round to a little more than 1 - value.
    return np.minimum(value, 1.0) if name in SHARES else value
