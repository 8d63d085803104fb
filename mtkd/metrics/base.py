"""What every metric returns, and the rule for empty sets."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Metric:
    """One number, how many items it is about, and how it was defined.

    Attributes:
        value: The number; NaN where it is undefined.
        n: Items of the set it is about (all items, the teacher's errors, ...).
        convention: Short text with every choice that changes the value: bins, ties, sets, units.

    Raises:
        ValueError: `n` is negative, or 0 with a value: nothing was measured, so it must be NaN.
    """

    value: float
    n: int
    convention: str

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError(f"n must not be negative, got {self.n} ({self.convention})")
        if self.n == 0 and not math.isnan(self.value):
            raise ValueError(
                f"a metric over 0 items must be NaN, got {self.value} ({self.convention}); "
                "an empty set has no rate, not a rate of 0"
            )


def measure(n: int, convention: str, value: Callable[[], SupportsFloat]) -> Metric:
    """`value()` over `n` items; NaN without calling it where there are none."""
    return Metric(float(value()) if n else math.nan, int(n), convention)


def ratio(numerator: float, denominator: float, smallest: float = 1e-12) -> float:
    """numerator / denominator; NaN where the denominator is below `smallest` in size."""
    return float(numerator / denominator) if abs(denominator) >= smallest else math.nan


def check_share(value: float, name: str) -> None:
    """Stop unless `value` lies in (0, 1]: thresholds, coverages, levels."""
    if not 0 < value <= 1:
        raise ValueError(f"{name} must lie in (0, 1], got {value}")


def check_count(value: int, name: str) -> None:
    """Stop unless `value` is a positive whole number: bins, replicates."""
    if value != int(value) or value < 1:
        raise ValueError(f"{name} must be a positive whole number, got {value}")
