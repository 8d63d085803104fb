"""Constructor arguments out of range, in sentences: what is possible, what was got, what to use."""

import math

CLOSEST = 0.01
"""How near a parameter may come to a value where its formula is 0/0.

Nearer than this, rounding in float32 would be a visible part of the loss.
"""


def positive(name: str, value: float) -> float:
    """`value`, or a ValueError unless it is positive and finite."""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
    return value


def not_negative(name: str, value: float) -> float:
    """`value`, or a ValueError unless it is finite and at least 0."""
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be finite and not negative, got {value}")
    return value


def inside(name: str, value: float, advice: str) -> float:
    """`value`, or a ValueError with `advice` unless it lies strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must be strictly between 0 and 1, got {value}; {advice}")
    return value


def away_from(name: str, value: float, singular: float, advice: str) -> float:
    """`value`, or a ValueError with `advice` if it is within `CLOSEST` of `singular`."""
    if abs(value - singular) < CLOSEST:
        raise ValueError(
            f"{name} must differ from {singular:g} by at least {CLOSEST:g}, got {value}; {advice}"
        )
    return value
