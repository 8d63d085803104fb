"""Rows of tokens: cut from a stream, divided into splits, scored at some of their positions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL

BLOCK = 16
"""Neighbouring rows that stay in one split, so that few borders lie inside a file."""

PER_ROW = 8
"""Scored positions of a row: more rows say more than more positions of a row."""


def rows_of(tokens: Tensor, length: int) -> Tensor:
    """`[row, length + 1]`: the stream cut into rows that share one token with the next.

    A row's inputs are its first `length` tokens, its labels the last; what is left over at the
    end is dropped.

    Raises:
        ValueError: There is not one whole row.
    """
    count = (len(tokens) - 1) // length
    if count < 1:
        raise ValueError(f"{len(tokens)} tokens do not fill one row of {length}; shorten it")
    return tokens[: count * length + 1].unfold(0, length + 1, length)


def split_rows(rows: Tensor, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Training, validation and test rows: 80, 10 and 10 parts of a hundred, by blocks."""
    blocks = -(-len(rows) // BLOCK)
    tenth = max(blocks // 10, 1)
    order = np.random.default_rng([seed, 10]).permutation(blocks)
    place = np.full(blocks, 0)
    place[order[:tenth]], place[order[tenth : 2 * tenth]] = 1, 2
    of_row = torch.from_numpy(np.repeat(place, BLOCK)[: len(rows)])
    return rows[of_row == 0], rows[of_row == 1], rows[of_row == 2]


def only_scored(examples: Examples, count: int, seed: int) -> Examples:
    """About `count` predicted positions, `PER_ROW` in each of some rows; the rest has no label.

    Positions lie in the last three quarters of a row, where there is something to read before
    them. Which ones is drawn from `seed`, and is the same for every model.
    """
    draw = np.random.default_rng([seed, 20])
    wanted = min(-(-count // PER_ROW), len(examples))
    chosen = examples.take(torch.from_numpy(np.sort(draw.permutation(len(examples))[:wanted])))
    length = chosen.labels.shape[1]
    first = length // 4
    scores = draw.random((wanted, length - first))
    kept = torch.zeros(chosen.labels.shape, dtype=torch.bool)
    places = torch.from_numpy(np.argsort(scores, axis=1)[:, :PER_ROW] + first)
    kept.scatter_(1, places, True)
    return replace(chosen, labels=chosen.labels.masked_fill(~kept, NO_LABEL))
