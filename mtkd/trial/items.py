"""A source that says something about items, evaluated as a classifier is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtkd.data import Examples
from mtkd.predictions import Predictions
from mtkd.signals import PartialSignal, Signal
from mtkd.teachers import TeacherSource

ROWS = 256
"""Items that a source is asked about at one time."""


@torch.no_grad()
def hear_items(source: TeacherSource, examples: Examples) -> Predictions:
    """What a source says about the items; the mass of a tail is spread over its classes."""
    rows, heard = [], []
    for batch in examples.in_order(ROWS):
        signal = source(batch)
        rows.append(even_log_probs(signal))
        heard.append(spoken_at(signal))
    return Predictions(
        ids=examples.ids.numpy(),
        labels=examples.labels.numpy(),
        log_probs=torch.cat(rows).cpu().numpy().astype(np.float32),
        present=presence(heard),
    )


def spoken_at(signal: Signal) -> Tensor:
    """`[...]` booleans: where the source says anything."""
    if signal.present is not None:
        return signal.present
    return torch.ones(signal.shape, dtype=torch.bool)


def presence(heard: Sequence[Tensor]) -> NDArray[np.bool_] | None:
    """`[n]`: what `spoken_at` gave, one batch after the other; None for a source always heard."""
    whole: NDArray[np.bool_] = torch.cat([part.cpu() for part in heard]).numpy()
    return None if whole.all() else whole


def even_log_probs(signal: Signal) -> Tensor:
    """`[..., classes]` log-probabilities with the mass of a tail spread over its classes.

    Where the source is silent, every class is as likely.
    """
    if isinstance(signal, PartialSignal):
        *_, k = signal.kept.shape
        outcomes = signal.outcomes()
        each = outcomes[..., k:] - math.log(max(signal.classes - k, 1))
        whole = each.expand(*signal.shape, signal.classes).scatter(
            -1, signal.kept.long(), outcomes[..., :k]
        )
    else:
        whole = signal.output.dense()
    if signal.present is not None:
        whole = whole.masked_fill(~signal.present.unsqueeze(-1), 0.0)
    return whole.float().log_softmax(dim=-1)
