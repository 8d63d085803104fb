"""A teacher that is no network of the study: made, asked about every example, and recorded."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet, Examples
from mtkd.signals import CompleteSignal, PartialSignal, Signal
from mtkd.teachers import CachedTeacher, TeacherSource
from mtkd.token_evaluation import ROWS, joined
from mtkd.trial.heard import changed, hear_domains
from mtkd.trial.record import SIGNALS

PART = 8 * ROWS
"""Examples whose answers are kept in one file until all are there: so many are asked again after
a crash, at most."""


def made_source(node: Mapping[str, Any], data: Any, at: str) -> TeacherSource:
    """The source that a teacher's node describes.

    A source with `_partial_: true` is also called with what `access` holds, and with `classes`,
    the number of classes of the data. Its identity is hashed, so it may be any text.

    Raises:
        ConfigError: It refuses its arguments, or is no `TeacherSource`.
    """
    call, late = dict(node["source"]), {}
    if call.pop("_partial_", False):
        late = {"classes": data.classes}
        call |= node.get("access") or {}
    made = instantiate(call, f"{at}.source", **late)
    if not isinstance(made, TeacherSource):
        raise ConfigError(
            f"{at}.source: {call['_target_']} gives a {type(made).__name__}, expected a "
            "mtkd.teachers.TeacherSource; a network goes under the key `model`"
        )
    made.identity = sha256(made.identity.encode()).hexdigest()[:16]
    return made


def listen(
    node: Mapping[str, Any], data: DataSet, name: str, home: Path, domains: list[str]
) -> dict[str, Any]:
    """A source: recorded, unless it is live, and evaluated; its work is not known.

    Returns:
        What `result.json` says of it.
    """
    source = made_source(node, data, f"teachers.{name}")
    found = {"identity": source.identity, "forward_flop": 0.0, "head_flop": 0.0}
    if not node.get("live"):
        if not (home / SIGNALS).exists():
            record_source(source, data.train, home).save(home / SIGNALS)
        found |= named(CachedTeacher.load(home / SIGNALS, source.identity).signal)
    hear_domains(changed(source, node, data, f"teachers.{name}"), data, domains, home)
    return found


def record_source(source: TeacherSource, examples: Examples, home: Path) -> CachedTeacher:
    """What a source says about every example; what was asked before a crash is not asked again.

    Raises:
        ValueError: Its answers to two batches are of different kinds.
    """
    parts = home / "parts"
    starts = range(0, len(examples), PART)
    found: list[CachedTeacher] = []
    for number, start in enumerate(starts):
        some = examples.take(torch.arange(start, min(start + PART, len(examples))))
        found.append(_part(source, some, parts / f"{number}.safetensors"))
        asked = start + len(some)
        print(f"{type(source).__name__}: {asked} of {len(examples)} examples asked", flush=True)
    ids = torch.cat([part.example_id for part in found])
    whole = CachedTeacher(ids, one_signal([part.signal for part in found]), source.identity)
    shutil.rmtree(parts, ignore_errors=True)
    return whole


def named(signal: Signal) -> dict[str, float]:
    """How many classes a partial signal names, and their mass on average where it speaks."""
    if not isinstance(signal, PartialSignal):
        return {}
    mass = signal.log_probs.float().exp().sum(dim=-1)
    heard = mass if signal.present is None else mass[signal.present]
    return {"named": signal.kept.shape[-1], "named_mass": float(heard.mean())}


def one_signal(signals: Sequence[Signal]) -> Signal:
    """Signals of one source about several batches, one after the other.

    Raises:
        ValueError: They are of different kinds, or name different numbers of classes.
    """
    first = signals[0]
    kinds = {(type(s).__name__, *_form(s)) for s in signals}
    if len(kinds) > 1:
        raise ValueError(f"a source answers in several ways and cannot be recorded: {kinds}")
    present = None
    if any(signal.present is not None for signal in signals):
        present = torch.cat([_present(signal) for signal in signals])
    if isinstance(first, PartialSignal):
        partial = [signal for signal in signals if isinstance(signal, PartialSignal)]
        kept, log_probs, log_tail = (
            torch.cat([vars(signal)[name] for signal in partial])
            for name in ("kept", "log_probs", "log_tail")
        )
        return PartialSignal(kept, log_probs, log_tail, first.classes, first.temperature, present)
    outputs = [signal.output for signal in signals if isinstance(signal, CompleteSignal)]
    return CompleteSignal(joined(outputs), present)


def _part(source: TeacherSource, examples: Examples, path: Path) -> CachedTeacher:
    """The answers to a few examples, asked for now or in an earlier attempt."""
    if path.exists():
        try:
            kept = CachedTeacher.load(path, source.identity)
        except ValueError:  # of a source that was another one
            kept = None
        if kept is not None and torch.equal(kept.example_id, examples.ids.sort().values):
            return kept
    said = [source(batch) for batch in examples.in_order(ROWS)]
    part = CachedTeacher(examples.ids, one_signal(said), source.identity)
    part.save(path)
    return part


def _form(signal: Signal) -> tuple[int, ...]:
    if isinstance(signal, PartialSignal):
        return signal.kept.shape[-1], signal.classes
    return (signal.classes,)


def _present(signal: Signal) -> Tensor:
    if signal.present is not None:
        return signal.present
    return torch.ones(signal.shape, dtype=torch.bool)
