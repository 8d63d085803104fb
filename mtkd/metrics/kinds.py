"""A bootstrap over so many items that their weights cannot be kept.

Two facts about Multinomial(n; 1/n, ..., 1/n) make it small, and neither changes the law:
  - items that add the same to every sum are interchangeable: only how many are drawn of each kind
    matters, and that is multinomial with the sizes of the kinds;
  - items that add nothing are one more kind, whose draws need not be spread over them.
A rate such as the inheritance of confident errors has few kinds whatever n is. Where the kinds are
nearly as many as the items, items are drawn, a block of them at a time.
"""

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics.base import Floats, Integers

WORTH = 16
"""Drawing a count of one kind takes about as long as drawing that many items."""

PART, PIECE = 8192, 128
"""Items and replicates drawn at a time: 8 MB of weights. The items are a power of 2 up to 2^16."""

KIND_COUNTS = 2**21
"""Counts of kinds made at a time (16 MB)."""


def weighted_sums(table: Floats, items: int, replicates: int, seed: int) -> Floats:
    """`[replicates, sums]`: every sum over `items` items drawn with replacement out of them.

    Equal arguments give equal draws; tables of other items give others.

    Args:
        table: `[sums, used]`, what the items that add anything to any sum add to each.
        items: All items, those that add nothing included.
    """
    generator = np.random.default_rng([seed, 2])
    if not table.shape[1]:
        return np.zeros((replicates, len(table)))
    kinds, sizes = kinds_of(table)
    if WORTH * len(sizes) <= table.shape[1]:
        return _by_kinds(kinds, sizes, items, replicates, generator)
    return _by_items(table, items, replicates, generator)


def kinds_of(table: Floats) -> tuple[Floats, Integers]:
    """The distinct columns `[sums, kinds]` of a table, and how many there are of each.

    Columns are told apart by a random combination of their entries, which is then verified; if
    two different ones had the same, all columns are left as they are.
    """
    mixed: Floats = np.zeros(table.shape[1])
    for row, factor in zip(table, np.random.default_rng(0).random(len(table)) + 0.5, strict=True):
        mixed += factor * row
    _, first, place, sizes = np.unique(
        mixed, return_index=True, return_inverse=True, return_counts=True
    )
    if any((row[first][place] != row).any() for row in table):
        return table, np.ones(table.shape[1], np.int64)
    return table[:, first], sizes


def _by_kinds(
    kinds: Floats, sizes: Integers, items: int, replicates: int, generator: np.random.Generator
) -> Floats:
    shares = _shares(sizes, items)
    sums: Floats = np.empty((replicates, len(kinds)))
    rows = max(KIND_COUNTS // len(shares), 1)
    for start in range(0, replicates, rows):
        part = slice(start, min(start + rows, replicates))
        counts = generator.multinomial(items, shares, size=part.stop - part.start)
        sums[part] = counts[:, : len(sizes)].astype(np.float64) @ kinds.T
    return sums


def _by_items(table: Floats, items: int, replicates: int, generator: np.random.Generator) -> Floats:
    """How many draws fall into each block of used items, then where in the block they fall."""
    blocks = [table[:, start : start + PART] for start in range(0, table.shape[1], PART)]
    shares = _shares(np.array([block.shape[1] for block in blocks]), items)
    sums: Floats = np.zeros((replicates, len(table)))
    counts = generator.multinomial(items, shares, size=replicates)
    for place, block in enumerate(blocks):
        for start in range(0, replicates, PIECE):
            part = slice(start, start + PIECE)
            sums[part] += _weights(counts[part, place], block.shape[1], generator) @ block.T
    return sums


def _weights(draws: Integers, width: int, generator: np.random.Generator) -> Floats:
    """`[replicates, width]`: `draws[r]` draws in row r, each equally likely anywhere."""
    where = _places(int(draws.sum()), width, generator)
    weights: Floats = np.empty((len(draws), width))
    for row, drawn in zip(weights, np.split(where, np.cumsum(draws)[:-1]), strict=True):
        row[:] = np.bincount(drawn, minlength=width)
    return weights


def _places(draws: int, width: int, generator: np.random.Generator) -> NDArray[np.uint16]:
    """`[draws]` places, each equally likely; for a full block the bits of four make one word."""
    if width != PART:
        return generator.integers(0, width, size=draws, dtype=np.uint16)
    words = generator.integers(0, 2**64, size=-(-draws // 4), dtype=np.uint64)
    return words.view(np.uint16)[:draws] % np.uint16(PART)


def _shares(sizes: Integers, items: int) -> Floats:
    """Probabilities of kinds of these sizes, and last of all other items, if there are any."""
    rest = items - int(sizes.sum())
    return np.append(sizes, rest) / items if rest else sizes / items
