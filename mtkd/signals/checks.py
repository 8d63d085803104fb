"""What a signal must be, whoever gives it; what is not is told in one sentence."""

from __future__ import annotations

from operator import itemgetter

import torch
from torch import Tensor

from mtkd.functional import IMPOSSIBLE
from mtkd.signals.partial import PartialSignal
from mtkd.signals.stacked import Signal

TOLERANCE = 1e-2
"""How far all outcomes together may be from 1: half precision is within it."""

PART = 2**22
"""Kept classes of a partial signal that are looked at at one time."""

NOT_FINITE = (
    "{who} gave infinite or NaN values; mark impossible classes with "
    f"mtkd.functional.IMPOSSIBLE ({IMPOSSIBLE:g}), not with -inf"
)
OUTSIDE = (
    "{who} named class {outside}, expected classes within 0 and {last}, as its signal has "
    "{classes} of them; kept must hold their indices"
)
REPEATED = "{who} named one class twice at the same position; kept must hold distinct classes"
NO_DISTRIBUTION = (
    "{who} gave probabilities that are {mass:.4g} together, expected 1: log_probs must be "
    "logarithms of the kept classes' probabilities, not renormalised, and log_tail that of all "
    "other classes together; mtkd.signals.top_k makes both from logits"
)


def check_presence(who: str, signal: Signal) -> None:
    """Refuse a `present` that is no boolean for each position; no value is looked at.

    Args:
        who: Gave the signal.
        signal: Of any kind.

    Raises:
        ValueError: As said.
    """
    given, shape = signal.present, list(signal.shape)
    if given is None:
        return
    if not isinstance(given, Tensor):
        got = f"a {type(given).__name__}"
    elif given.dtype != torch.bool or list(given.shape) != shape:
        got = f"{str(given.dtype).removeprefix('torch.')} {list(given.shape)}"
    else:
        return
    raise ValueError(
        f"{who} gave a signal with present {got}, expected booleans {shape}, one for each "
        "position, or None where it always speaks"
    )


def check_values(who: str, signal: Signal) -> None:
    """Refuse what formulas would believe: values that are not finite, and no distribution.

    Args:
        who: Gave the signal.
        signal: Of any kind; where it is silent, a partial one need be no distribution.

    Raises:
        ValueError: As said.
    """
    if not isinstance(signal, PartialSignal):
        if not signal.finite():
            raise ValueError(NOT_FINITE.format(who=who))
        return
    _check_form(who, signal)
    parts = _parts(signal)
    wrong = torch.stack([_faults(part) for part in parts])
    if not wrong.any():
        return
    number, fault = wrong.nonzero()[0].tolist()
    sentence = (NOT_FINITE, OUTSIDE, REPEATED, NO_DISTRIBUTION)[fault]
    raise ValueError(sentence.format(who=who, **_numbers(parts[number])))


def _check_form(who: str, signal: PartialSignal) -> None:
    kept, log_probs, log_tail = signal.kept, signal.log_probs, signal.log_tail
    whole = not kept.is_floating_point() and kept.dtype != torch.bool
    if whole and kept.shape == log_probs.shape == (*log_tail.shape, *kept.shape[-1:]):
        return
    dtype = str(kept.dtype).removeprefix("torch.")
    raise ValueError(
        f"{who} gave a partial signal with kept {dtype} {list(kept.shape)}, log_probs "
        f"{list(log_probs.shape)} and log_tail {list(log_tail.shape)}, expected kept integers "
        "[..., k], log_probs [..., k] and log_tail [...]"
    )


def _parts(signal: PartialSignal) -> list[PartialSignal]:
    """Its positions in one row, cut so that little is sorted at one time."""
    axes = len(signal.shape)
    flat = signal.map(lambda values: values.reshape(-1, *values.shape[axes:]))
    rows = max(1, PART // max(1, flat.kept.shape[-1]))
    cuts = [slice(at, at + rows) for at in range(0, max(1, len(flat.log_tail)), rows)]
    return [flat.map(itemgetter(cut)) for cut in cuts]


def _faults(part: PartialSignal) -> Tensor:
    """`[4]` booleans: not finite, a class outside, a class repeated, no distribution."""
    outcomes, kept = part.outcomes(), part.kept
    repeated = (kept.sort(dim=-1).values.diff(dim=-1) == 0).any(dim=-1)
    odd = (outcomes.exp().sum(dim=-1) - 1).abs() > TOLERANCE
    if part.present is not None:
        repeated, odd = repeated & part.present, odd & part.present
    outside = (kept < 0) | (kept >= part.classes)
    rows = (~outcomes.isfinite(), outside, repeated, odd)
    return torch.stack([row.any() for row in rows])


def _numbers(part: PartialSignal) -> dict[str, float]:
    """What the sentences say of a part in which something is wrong."""
    outside = part.kept[(part.kept < 0) | (part.kept >= part.classes)]
    mass = part.outcomes().exp().sum(dim=-1)
    heard = mass if part.present is None else mass[part.present]
    worst = heard[(heard - 1).abs().argmax()] if len(heard) else torch.ones(())
    return {
        "outside": int(outside[0]) if len(outside) else 0,
        "last": part.classes - 1,
        "classes": part.classes,
        "mass": float(worst),
    }
