"""A source that says something about items, evaluated as a classifier is."""

from __future__ import annotations

import math

import numpy as np
import torch
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
    rows = [even_log_probs(source(batch)) for batch in examples.in_order(ROWS)]
    return Predictions(
        ids=examples.ids.numpy(),
        labels=examples.labels.numpy(),
        log_probs=torch.cat(rows).cpu().numpy().astype(np.float32),
    )


def even_log_probs(signal: Signal) -> Tensor:
    """`[..., classes]` log-probabilities with the mass of a tail spread over its classes.

    Where the source is silent, every class is as likely.
    """
    if isinstance(signal, PartialSignal):
        others = signal.classes - signal.kept.shape[-1]
        each = signal.log_tail.unsqueeze(-1) - math.log(max(others, 1))
        whole = each.expand(*signal.shape, signal.classes).scatter(
            -1, signal.kept, signal.log_probs
        )
    else:
        whole = signal.output.dense()
    if signal.present is not None:
        whole = whole.masked_fill(~signal.present.unsqueeze(-1), 0.0)
    return whole.float().log_softmax(dim=-1)
