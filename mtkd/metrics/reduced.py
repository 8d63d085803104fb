"""What each row says by itself, gathered in one walk: all that most metrics need of a model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Floats, Integers
from mtkd.metrics.blocks import scan, walk
from mtkd.metrics.rows import Rows


@dataclass(frozen=True, eq=False)
class Reduced:
    """Four numbers of every row, each `[n]`.

    Attributes:
        predicted: The most likely class; ties go to the lowest index.
        confidence: Its probability.
        label_probs: Probability of the true label; 0 where no labels were given.
        squares: sum_k p(k)^2.
    """

    predicted: Integers
    confidence: Floats
    label_probs: Floats
    squares: Floats


def reduced(rows: Rows, labels: Integers | None = None, pooled: bool = False) -> Reduced:
    """One walk over the rows.

    Args:
        pooled: The last column is nobody's answer, see `mtkd.metrics.Answers`.
    """
    found = Reduced(np.empty(len(rows), np.int64), *(np.zeros(len(rows)) for _ in range(3)))
    for part, probs, sums in scan(rows):
        answers = probs[:, :-1] if pooled else probs
        here = np.arange(len(probs))
        found.predicted[part] = top = answers.argmax(axis=1)
        found.confidence[part] = probs[here, top] / sums
        found.squares[part] = np.einsum("nk,nk->n", probs, probs) / sums**2
        if labels is not None:
            found.label_probs[part] = probs[here, labels[part]] / sums
    return found


def at(rows: Rows, classes: Integers) -> Floats:
    """`[n]`: every row's probability of the class asked for in it, `classes` `[n]`."""
    found: Floats = np.empty(len(rows))
    for part, probs, sums in scan(rows):
        found[part] = probs[np.arange(len(probs)), classes[part]] / sums
    return found


def together(*models: Rows) -> Iterator[tuple[slice, list[Floats]]]:
    """Blocks of several models over the same items, side by side."""
    for blocks in zip(*(walk(rows) for rows in models), strict=True):
        yield blocks[0][0], [probs for _, probs in blocks]


def products(student: Rows, teacher: Rows, control: Rows) -> tuple[Floats, Floats]:
    """`<p_S - p_C, p_T - p_C>` and `|p_T - p_C|^2` of each item, both `[n]`."""
    along: Floats = np.empty(len(teacher))
    square: Floats = np.empty(len(teacher))
    for part, (moved, away, base) in together(student, teacher, control):
        away -= base
        moved -= base
        along[part] = np.einsum("nk,nk->n", moved, away)
        square[part] = np.einsum("nk,nk->n", away, away)
    return along, square
