"""What a source answered to several batches: put together, and how much it is."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL
from mtkd.signals import CompleteSignal, PartialSignal, Signal
from mtkd.teachers import CachedTeacher
from mtkd.token_evaluation import joined
from mtkd.trial.items import spoken_at


def one_signal(signals: Sequence[Signal]) -> Signal:
    """Signals of one source about several batches, one after the other.

    Raises:
        ValueError: They are of different kinds, name different numbers of classes, or were made
            at different temperatures.
    """
    first = signals[0]
    kinds = sorted({_form(signal) for signal in signals})
    if len(kinds) > 1:
        raise ValueError(
            f"a source answers in several ways ({'; '.join(kinds)}) and cannot be recorded; let "
            "it answer every batch in the same way"
        )
    present = None
    if any(signal.present is not None for signal in signals):
        present = torch.cat([spoken_at(signal) for signal in signals])
    if isinstance(first, PartialSignal):
        partial = [signal for signal in signals if isinstance(signal, PartialSignal)]
        kept, log_probs, log_tail = (
            torch.cat([vars(signal)[name] for signal in partial])
            for name in ("kept", "log_probs", "log_tail")
        )
        return PartialSignal(kept, log_probs, log_tail, first.classes, first.temperature, present)
    outputs = [signal.output for signal in signals if isinstance(signal, CompleteSignal)]
    return CompleteSignal(joined(outputs), present)


def named(recorded: CachedTeacher, examples: Examples) -> dict[str, float | None]:
    """How many classes a recorded partial source names, and their mass on average where it speaks.

    Averaged over the positions that `spoken` counts. None of a source that speaks at none.
    """
    signal = recorded.signal
    if not isinstance(signal, PartialSignal):
        return {}
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


def _form(signal: Signal) -> str:
    if isinstance(signal, PartialSignal):
        return (
            f"{signal.kept.shape[-1]} of {signal.classes} classes and the rest at temperature "
            f"{signal.temperature:g}"
        )
    return f"a {type(signal).__name__} over {signal.classes} classes"
