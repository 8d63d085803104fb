"""Money, months and counts as a reader says them."""

import numpy as np

from mtkd.economics.breakeven import CAREFUL_ABOVE, WRONG_ABOVE


def dollars(value: float, sign: bool = False) -> str:
    """`$2,500`, `-$1.20`, `$0.0002`; with `sign` also `+$2,500`."""
    size = abs(value)
    text = f"{size:,.0f}" if size >= 100 or size == 0 else f"{size:,.2f}"
    if 0 < size < 1:
        text = np.format_float_positional(size, precision=4, fractional=False, trim="-")
    before = "-" if value < 0 else "+" if sign and value > 0 else ""
    return f"{before}${text}"


def months(value: float | None) -> str:
    """`13.64 months`, `12 months`, `never`; a value above a bound never reads as the bound."""
    if value is None or value == float("inf"):
        return "never"
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    if round(value, 2) in (CAREFUL_ABOVE, WRONG_ABOVE) and value > round(value, 2):
        return f"just over {text} months"
    return f"{text} month{'' if text == '1' else 's'}"
