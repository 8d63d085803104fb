"""A student that takes over a teacher's traffic, as numbers: what a month of it saves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Number = float | NDArray[np.float64]
"""One value, or one for each draw of a simulation."""


@dataclass(frozen=True)
class Case:
    """What break-even depends on. Every money is in $; arrays `[draws]` broadcast.

    The student runs on every request and hands a share of them over to the teacher (a
    cascade), so its own price is paid on all requests.

    Attributes:
        requests: Requests/month.
        teacher_price: $/request today.
        student_price: $/request.
        training_cost: $, once.
        hosting: $/month, whatever the traffic.
        fallback_share: Share of requests that the teacher still answers, in [0, 1].
        monitoring: $/month.
        refresh_cost: $ for each retraining.
        refresh_months: Months between retrainings; infinity for none. The cost is spread evenly.
        price_drop: Share by which the teacher's price falls within `price_drop_months`, in
            [0, 1]; the same factor every month.
        discount: Per year, not negative: 0.1 makes $110 in a year worth $100 today.
        horizon: Months that the student will serve; None for no end.
    """

    requests: Number
    teacher_price: Number
    student_price: Number
    training_cost: Number
    hosting: Number = 0.0
    fallback_share: Number = 0.0
    monitoring: Number = 0.0
    refresh_cost: Number = 0.0
    refresh_months: Number = float("inf")
    price_drop: Number = 0.0
    price_drop_months: Number = 24.0
    discount: Number = 0.0
    horizon: int | None = None


def monthly_items(case: Case) -> dict[str, Number]:
    """$/month at today's prices by name; what is saved is positive, what it costs negative."""
    return {
        "teacher bill avoided": case.requests * case.teacher_price * (1 - case.fallback_share),
        "student's requests": -case.requests * case.student_price,
        "hosting": -case.hosting,
        "monitoring": -case.monitoring,
        "refresh": -case.refresh_cost / case.refresh_months,
    }


def monthly_saving(case: Case) -> Number:
    """V (c_T (1 - d) - c_S) - F - monitoring - C_r / R, in $/month at today's prices."""
    return savings(case, 1, discounted=False)[..., 0]


def savings(case: Case, months: int, discounted: bool = True) -> NDArray[np.float64]:
    """`[..., months]` $ saved in each month, the first at today's teacher price.

    Month t (from 0) pays the teacher's price times `(1 - price_drop)**(t / price_drop_months)`.
    A discount counts a month's money at its end.
    """
    month = np.arange(months)
    avoided, *costs = (_column(item) for item in monthly_items(case).values())
    price = (1 - _column(case.price_drop)) ** (month / _column(case.price_drop_months))
    spent = sum(costs, start=np.zeros(1))
    saved = avoided * price + spent
    # What cancels to a rounding error is no saving, or "never" would become a million years.
    saved = np.where(abs(saved) <= 1e-12 * (avoided * price - spent), 0.0, saved)
    worth: NDArray[np.float64] = (1 + _column(case.discount)) ** (-(month + 1) / 12)
    return saved * worth if discounted else saved


def _column(value: Number) -> NDArray[np.float64]:
    """`[..., 1]`, to stand beside months."""
    return np.asarray(value, dtype=np.float64)[..., None]
