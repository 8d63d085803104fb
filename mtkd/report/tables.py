"""Tables as plain values: what a cell shows, what it is sorted by, and how it is marked."""

import math
from dataclasses import dataclass

from mtkd.report.numbers import fixed, probability, sort_key


@dataclass(frozen=True)
class Cell:
    """One cell; `note` is shown when pointed at, `style` is inline CSS, `kind` a CSS class."""

    text: str
    sort: str = ""
    kind: str = ""
    style: str = ""
    note: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Line:
    """One row: the head names it, `kind` is a CSS class of the row (`scaled`, `group`)."""

    head: str
    cells: tuple[Cell, ...]
    tag: str = ""
    kind: str = ""
    mark: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption for those who see only it; columns are `(title, note)`."""

    name: str
    caption: str
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    sortable: bool = True
    numeric: bool = True
    first: str = "model"


def text(value: str, kind: str = "", note: str = "") -> Cell:
    """A cell of words."""
    return Cell(value, sort=value, kind=kind, note=note)


def number(value: float | None, digits: int = 3, sign: bool = False, note: str = "") -> Cell:
    """A cell of one number."""
    return Cell(fixed(value, digits, sign), sort_key(value), "number", note=note)


def p_value(value: float | None, note: str = "") -> Cell:
    """A cell of one p value."""
    return Cell(probability(value), sort_key(value), "number", note=note)


def heat(value: float | None, digits: int = 2, sign: bool = True, scale: float = 1.0) -> Cell:
    """A number on a diverging background: vermillion above 0, blue below, never colour alone."""
    if value is None or math.isnan(value):
        return Cell(fixed(value), "", "heat")
    strength = min(abs(value) / scale, 1.0) * 0.7
    colour = "213, 94, 0" if value > 0 else "0, 114, 178"
    style = f"background: rgba({colour}, {strength:.2f})"
    return Cell(fixed(value, digits, sign), sort_key(value), "heat", style)
