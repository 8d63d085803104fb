"""How much a source answered."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL
from mtkd.signals import PartialSignal
from mtkd.teachers import CachedTeacher


def named(recorded: CachedTeacher, examples: Examples) -> dict[str, float | None]:
    """How many classes a recorded partial source names, and their mass on average where it speaks.

    Averaged over the positions that `spoken` counts. None of a source that speaks at none. Or how
    many classes are drawn of it.
    """
    signal = recorded.signal
    if not isinstance(signal, PartialSignal):
        return {}
    if signal.drawn:
        return {"drawn": signal.kept.shape[-1]}
    rows, counted = _rows(recorded, examples), _counted(examples)
    if signal.present is not None:
        counted = counted & signal.present[rows]
    heard = signal.log_probs.float().exp().sum(dim=-1)[rows][counted]
    average = float(heard.mean()) if heard.numel() else None
    return {"named": signal.kept.shape[-1], "named_mass": average}


def spoken(recorded: CachedTeacher, examples: Examples) -> float:
    """Share of the examples' labelled positions where a recorded source speaks, in [0, 1].

    Of examples without any label, the share of all positions.
    """
    present = recorded.signal.present
    if present is None:
        return 1.0
    return float(present[_rows(recorded, examples)][_counted(examples)].float().mean())


def _rows(recorded: CachedTeacher, examples: Examples) -> Tensor:
    """`[example]` rows of the table: equal inputs share one."""
    return torch.searchsorted(recorded.example_id, examples.ids)


def _counted(examples: Examples) -> Tensor:
    """Booleans like the labels: labelled positions, or all where nothing has a label."""
    counted = examples.labels != NO_LABEL
    return counted if counted.any() else torch.ones_like(counted)
