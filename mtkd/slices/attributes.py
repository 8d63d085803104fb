"""What items are told apart by: each attribute gives an item one of a few named values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics.base import Booleans, Floats

MOST_VALUES = 30
"""Texts with more distinct values than this are not sliced by value but by their length."""
MOST_NUMBERS = 10
"""Whole numbers with at most so many distinct values are sliced by value, others by quarters."""
ABOUT_ANSWERS = ("confusion", "confidence", "teacher")
"""Kinds of attributes that tell what models said; the others are about the item alone."""
QUARTERS = (0.25, 0.5, 0.75)
FIFTHS = (0.2, 0.4, 0.6, 0.8)
EMPTY = "(empty)"


@dataclass(frozen=True, eq=False)
class Attribute:
    """One way to tell items apart.

    Attributes:
        name: Unique among the attributes of a domain.
        kind: class, metadata, length, or one of `ABOUT_ANSWERS`.
        codes: `[layer, item]`, places in `values`, -1 for none of them. An item has as many
            values as there are layers: "8 taken for 3" by the one and by the other model.
        values: What a value is called when it stands alone, like "part = left".
    """

    name: str
    kind: str
    codes: NDArray[np.int64]
    values: tuple[str, ...]

    @property
    def inherent(self) -> bool:
        """Whether it is about the item alone: such attributes may be joined."""
        return self.kind not in ABOUT_ANSWERS

    def members(self, value: str) -> Booleans:
        """`[item]`: has this value."""
        found: Booleans = (self.codes == self.values.index(value)).any(axis=0)
        return found


def by_value(name: str, kind: str, texts: NDArray[np.str_]) -> Attribute:
    """One value for each distinct text."""
    distinct, codes = np.unique(texts, return_inverse=True)
    words = tuple(f"{name} = {text or EMPTY}" for text in map(str, distinct))
    return Attribute(name, kind, codes[None].astype(np.int64), words)


def by_quantile(name: str, kind: str, numbers: Floats, cuts: tuple[float, ...]) -> Attribute:
    """Parts of about equal size, named by the least and largest number in each; NaN is empty.

    Equal numbers stay together, so there may be fewer parts.
    """
    known = ~np.isnan(numbers)
    edges = np.empty(0)
    if known.any():
        edges = np.unique(np.quantile(numbers[known], cuts, method="inverted_cdf"))
    parts = np.where(known, np.searchsorted(edges, numbers, side="left"), len(edges) + 1)
    distinct, codes = np.unique(parts, return_inverse=True)
    words = [_span(name, numbers[parts == part]) for part in distinct]
    return Attribute(name, kind, codes[None].astype(np.int64), tuple(words))


def of_column(name: str, column: NDArray) -> Attribute:
    """A metadata column: by value, by quarters of its numbers, or by the length of its texts."""
    numbers = as_numbers(column)
    if numbers is not None and (column.dtype.kind == "f" or len(np.unique(numbers)) > MOST_NUMBERS):
        return by_quantile(name, "length" if "length" in name else "metadata", numbers, QUARTERS)
    texts = column.astype(np.str_)
    if numbers is None and len(np.unique(texts)) > MOST_VALUES:
        return by_quantile(f"length of {name}", "length", lengths(texts), QUARTERS)
    return by_value(name, "metadata", texts)


def as_numbers(column: NDArray) -> Floats | None:
    """`[item]` numbers, NaN where the text is empty; None unless all others are finite numbers."""
    if column.dtype.kind in "iuf":
        return column.astype(np.float64)
    if column.dtype.kind != "U":
        return None
    try:
        numbers = np.where(column == "", "nan", column).astype(np.float64)
    except ValueError:
        return None
    usable = np.isfinite(numbers) | (column == "")
    return numbers if usable.all() and (column != "").any() else None


def lengths(texts: NDArray[np.str_]) -> Floats:
    """`[item]`, in characters."""
    counted: Floats = np.char.str_len(texts).astype(np.float64)
    return counted


def _span(name: str, numbers: Floats) -> str:
    if np.isnan(numbers).any():
        return f"{name} = {EMPTY}"
    low, high = (f"{end:.4g}" for end in (numbers.min(), numbers.max()))
    return f"{name} = {low}" if low == high else f"{name} {low} to {high}"
