"""Tables `[n, classes]` a block of rows at a time: large ones are never whole in float64."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics.base import Floats
from mtkd.metrics.faults import check_table, explain
from mtkd.metrics.rows import Rows

ROUNDING = 1e-12
"""Rows nearer than this to 1 stay as they are, so that dividing cannot split a tie."""

BLOCK = 2**16
"""Numbers in a block: half a megabyte, so that every pass over it stays in the cache."""


def tolerance(values: NDArray | Rows) -> float:
    """How far from 1 a row may sum: 1e-6 for float64 (and integers), 1e-3 for shorter floats."""
    return 1e-6 if values.dtype.itemsize >= 8 else 1e-3


def walk(rows: Rows) -> Iterator[tuple[slice, Floats]]:
    """Which rows, and their checked probabilities: see `mtkd.metrics.checks.probabilities`."""
    check_table(rows)
    for part in parts(rows):
        yield part, block_of(rows, part)


def scan(rows: Rows) -> Iterator[tuple[slice, Floats, Floats]]:
    """`walk` before the division, which costs most: blocks, and what to divide each row by."""
    check_table(rows)
    for part in parts(rows):
        yield part, *_checked(rows, part)


def parts(rows: Rows) -> Iterator[slice]:
    """The blocks of rows, of about `BLOCK` numbers each."""
    size = _size(rows)
    for start in range(0, len(rows), size):
        yield slice(start, min(start + size, len(rows)))


def block_of(rows: Rows, part: slice) -> Floats:
    """The checked probabilities of some rows."""
    probs, sums = _checked(rows, part)
    if (sums != 1).any():
        probs /= sums[:, None]
    return probs


class LogsOf(Rows):
    """Natural logarithms of probabilities; the reverse of `LogRows`."""

    def __init__(self, probs: Rows) -> None:
        self.probs, self.shape, self.dtype = probs, probs.shape, np.dtype(np.float64)

    def block(self, start: int, stop: int) -> Floats:
        """In float64."""
        with np.errstate(divide="ignore"):
            return np.log(block_of(self.probs, slice(start, stop)))


def _checked(rows: Rows, part: slice) -> tuple[Floats, Floats]:
    allowed = tolerance(rows)
    probs = rows.block(part.start, part.stop).astype(np.float64)
    sums = probs.sum(axis=1)
    away = np.abs(sums - 1)
    if not (away.max() <= allowed and probs.min() >= 0):
        raise ValueError(explain(rows, allowed, _size(rows)))
    sums[away <= ROUNDING] = 1
    return probs, sums


def _size(rows: Rows) -> int:
    return max(BLOCK // rows.shape[1], 1)
