"""Numbers as text: few digits, a real minus sign, and a dash for what is not there."""

import math

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
ZERO = 1e-12
"""Below this a number is rounding and has no sign; above, a signed 0.00 says which side."""


def fixed(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """`0.963`, with `sign` `+0.59`; a dash for None and NaN, an infinity sign for infinity."""
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{abs(value):.{digits}f}"
    negative = value < -ZERO and (sign or float(text) > 0)
    return (MINUS if negative else "+" if sign and value > ZERO else "") + text


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """`[+0.45, +0.70]`, or nothing when there is no interval."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    return f"[{fixed(low, digits, sign=True)}, {fixed(high, digits, sign=True)}]"


def probability(value: float | None) -> str:
    """A p value: `0.031`, `< 0.001`, or a dash."""
    if value is None or math.isnan(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def share(value: float | None, digits: int = 0) -> str:
    """`0.593` as `59 %`."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{fixed(100 * value, digits)} %"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 cell`, `3 cells`, `0 cells`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def sort_key(value: float | None) -> str:
    """What a column is sorted by; empty sorts last."""
    return "" if value is None or math.isnan(value) else f"{value:.9g}"
