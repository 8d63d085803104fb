"""The rows of a recorded teacher: each under one id, in the ids' order."""

from __future__ import annotations

from operator import itemgetter

import torch
from torch import Tensor

from mtkd.signals import PartialSignal, Signal

APART = 0.5
"""Two rows of one id differ by more than this share of their size: no rounding does that."""


def as_table(example_id: Tensor, signal: Signal, identity: str) -> tuple[Tensor, Signal]:
    """Ids in rising order, each once, and what was said about them.

    Equal inputs have equal ids, and data may hold them twice: the first row is kept then.

    Args:
        example_id: `[row]` int64.
        signal: `[row, ...]`.
        identity: The teacher's, for sentences.

    Raises:
        ValueError: No rows, another number of rows than ids, ids that are no int64 tensor, or one
            id for rows that say different things.
    """
    _check_sizes(example_id, signal, identity)
    if bool((example_id[1:] > example_id[:-1]).all()):
        return example_id, signal
    order = example_id.argsort(stable=True)
    ids, number = example_id.unique(return_inverse=True)
    first = order[torch.searchsorted(example_id[order], ids)]
    again = (first[number] != torch.arange(len(number), device=number.device)).nonzero()[:, 0]
    if len(again):
        one, other = (signal.map(itemgetter(rows)) for rows in (first[number[again]], again))
        refuse_apart(example_id[again], one, other, identity)
    return ids, signal.map(lambda values: values[first])


def _check_sizes(example_id: Tensor, signal: Signal, identity: str) -> None:
    who = f"the table of teacher {identity}"
    if not isinstance(example_id, Tensor):
        raise ValueError(
            f"{who} has a {type(example_id).__name__} of ids, expected an int64 tensor [row]; "
            "write torch.tensor(ids)"
        )
    if example_id.dtype != torch.int64 or example_id.dim() != 1:
        dtype = str(example_id.dtype).removeprefix("torch.")
        raise ValueError(f"{who} has ids {dtype} {list(example_id.shape)}, expected int64 [row]")
    rows = signal.shape[0] if signal.shape else 0
    if len(example_id) != rows or not rows:
        raise ValueError(
            f"{who} has {len(example_id)} ids and {rows} rows, expected one row for each id and at "
            "least one"
        )


def refuse_apart(ids: Tensor, one: Signal, other: Signal, identity: str) -> None:
    """Refuse rows of `other` that say something else than those of `one`, of the same ids."""
    here, there = _said(one), _said(other)
    for present in (one.present, other.present):
        if present is not None:
            silent = ~present.unsqueeze(-1)
            here, there = here.masked_fill(silent, 0), there.masked_fill(silent, 0)
    here, there = here.flatten(1), there.flatten(1)
    apart = (here - there).norm(dim=1) > APART * torch.maximum(here.norm(dim=1), there.norm(dim=1))
    if apart.any():
        raise ValueError(
            f"the table of teacher {identity} has id {int(ids[apart][0])} twice, for rows that "
            "say different things; an id is a hash of the example's input, never its index in a "
            "part of the data"
        )


def _said(signal: Signal) -> Tensor:
    """`[row, ..., numbers]` that are alike where two rows say the same, in whatever order."""
    if not isinstance(signal, PartialSignal):
        return signal.output.body.float()
    # Which classes are kept, and in which order, may differ by rounding: so each class has its
    # place on a circle, and the centre of the mass is compared, and the mass of the tail.
    mass, angle = signal.log_probs.float().exp(), signal.kept.double()
    places = ((mass * turned).sum(dim=-1) for turned in (angle.cos(), angle.sin()))
    return torch.stack([*places, signal.log_tail.float().exp()], dim=-1)
