"""One case from its training cost to a verdict, at today's prices and as prices fall."""

import math
from dataclasses import dataclass

import numpy as np

from mtkd.economics.breakeven import DECIMALS, break_even_months, payback_months, verdict
from mtkd.economics.case import Case, monthly_items, monthly_saving, savings

CENTURY = 1200
"""Months that a search looks ahead where the case has no horizon."""
SHOWN = 36
"""Months that a curve shows where the case has no horizon."""


@dataclass(frozen=True)
class Outcome:
    """What a case comes to.

    Attributes:
        items: $/month by name, see `monthly_items`.
        saving: $/month at today's prices.
        static_months: Training cost / saving; None for never.
        months: The same with falling prices, discount and horizon; None for never within them.
        month: `months` as a whole number: the first after which the cost is paid back.
        best: $, the most that is ever saved in sum, and `best_month` when that is reached; 0 and
            0 where no month saves anything.
        cumulative: $ saved after 0, 1, 2, ... months, over the horizon or 36 months.
        net: $ left of them at their end, after the training cost.
        verdict: Of `months`: the price-adjusted, fallback-adjusted break-even decides.
    """

    items: dict[str, float]
    saving: float
    static_months: float | None
    static_verdict: str
    months: float | None
    month: int | None
    best: float
    best_month: int
    cumulative: tuple[float, ...]
    net: float
    verdict: str


def evaluate(case: Case) -> Outcome:
    """Break-even of one case; all its fields are single numbers."""
    cost, saving = float(case.training_cost), float(monthly_saving(case))
    static = break_even_months(cost, saving)
    saved = savings(case, case.horizon or CENTURY)
    months = float(payback_months(cost, saved))
    paid = months if math.isfinite(months) else None
    sums = np.concatenate([[0.0], saved.cumsum()])
    shown = sums[: (case.horizon or SHOWN) + 1]
    return Outcome(
        items={name: float(value) for name, value in monthly_items(case).items()},
        saving=saving,
        static_months=static,
        static_verdict=verdict(static),
        months=paid,
        month=None if paid is None else math.ceil(round(paid, DECIMALS)),
        best=float(sums.max()),
        best_month=int(sums.argmax()),
        cumulative=tuple(map(float, shown)),
        net=float(shown[-1]) - cost,
        verdict=verdict(paid),
    )
