"""Figures as text, the same in the terminal and on the page."""

from mtkd.report.numbers import MISSING, fixed, probability, share
from mtkd.scorecard.figures import Figure


def value_text(figure: Figure) -> str:
    """The number alone, in its unit; a dash without one, `infeasible` without a promise."""
    if not figure.known:
        return "infeasible" if figure.name == "certified_risk" and figure.n else MISSING
    return _number(figure.value, figure.kind.unit)


def span_text(figure: Figure) -> str:
    """`[0.91, 0.95]`, one end open where it is unknown; empty without an interval."""
    ends = [_number(end, figure.kind.unit) for end in (figure.low, figure.high)]
    return "" if ends == [MISSING, MISSING] else f"[{', '.join(ends)}]"


def whole_text(figure: Figure) -> str:
    """`0.93 [0.91, 0.95]`."""
    return f"{value_text(figure)} {span_text(figure)}".strip()


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return share(value, 1)
    if unit == "p":
        return probability(value)
    if unit == "count":
        return fixed(value, 0)
    if unit == "ms":
        return fixed(value, 3 if abs(value) < 10 else 1)
    if unit == "times":
        return fixed(value, 2)
    return fixed(value, 3, sign=unit == "difference")
