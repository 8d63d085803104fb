"""Months until a training cost is paid back, and what the rule of thumb says about them."""

import math

import numpy as np
from numpy.typing import NDArray

CAREFUL_ABOVE, WRONG_ABOVE = 6.0, 12.0
"""Months. The bounds belong to the better side: exactly 6 and exactly 12 are not above."""

PROCEED = "proceed"
CAREFUL = "think carefully"
WRONG = "almost certainly the wrong tool"
NEVER = "never"

DECIMALS = 9
"""Months are rounded to 1e-9 (a few milliseconds), so that 0.1 + 0.2 moves no verdict."""


def break_even_months(training_cost: float, monthly_saving: float) -> float | None:
    """training_cost / monthly_saving, or None (never) where nothing is saved.

    A training that costs nothing is paid back at once, in 0 months, if anything is saved.

    Args:
        training_cost: $, once, not negative.
        monthly_saving: $/month, the same every month; any sign.

    Raises:
        ValueError: The cost is negative, or a number is not finite.
    """
    if not (math.isfinite(training_cost) and math.isfinite(monthly_saving)):
        raise ValueError(
            f"costs and savings must be finite, got {training_cost} and {monthly_saving}"
        )
    if training_cost < 0:
        raise ValueError(f"training_cost must not be negative, got {training_cost}")
    if monthly_saving <= 0:
        return None
    return round(training_cost / monthly_saving, DECIMALS)


def payback_months(
    training_cost: float | NDArray[np.float64], savings: NDArray[np.float64]
) -> NDArray[np.float64]:
    """When the savings, summed month by month, first reach the training cost.

    Inside the month that reaches it, the saving is spread evenly, so an unchanging saving
    gives `break_even_months`; the next whole month is the smallest m with
    `sum(savings[..., :m]) >= training_cost`.

    Args:
        training_cost: `[...]` $, not negative.
        savings: `[..., months]` $ saved in each month; never rising, as prices only fall.

    Returns:
        `[...]` months; infinity where the cost is not reached within the months given, or
        where already the first month saves nothing.
    """
    cost = np.asarray(training_cost, dtype=np.float64)[..., None]
    # Sums of many months carry rounding; a part in 1e12 must not cost a whole month.
    sums = np.cumsum(savings, axis=-1)
    reached = sums >= cost * (1 - 1e-12)
    month = reached.argmax(axis=-1)[..., None]
    saved = np.take_along_axis(savings, month, axis=-1)
    before = np.take_along_axis(sums, month, axis=-1) - saved
    with np.errstate(divide="ignore", invalid="ignore"):
        months = np.round(month + (cost - before) / saved, DECIMALS)
    paid = reached.any(axis=-1) & (savings[..., 0] > 0)
    answer: NDArray[np.float64] = np.where(paid, months[..., 0], np.inf)
    return answer


def verdict(months: float | None) -> str:
    """What the rule of thumb says: up to 6 proceed, up to 12 think carefully, above wrong tool.

    Args:
        months: Until break-even, not negative; None or infinity for never.

    Raises:
        ValueError: The months are negative or NaN; a saving below 0 is never, not negative.
    """
    if months is None or months == math.inf:
        return NEVER
    if not months >= 0:
        raise ValueError(f"months must not be negative, got {months}; give None for never")
    if months <= CAREFUL_ABOVE:
        return PROCEED
    return CAREFUL if months <= WRONG_ABOVE else WRONG
