"""A teacher that is no network of the study: made, asked about every example, and recorded."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet, Examples
from mtkd.teachers import CachedTeacher, TeacherSource
from mtkd.token_evaluation import ROWS
from mtkd.trial.answers import named, one_signal, spoken
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
    at = f"config.{at}.source"
    try:
        made = instantiate(call, at, **late)
    except ConfigError as error:
        if not late or "'classes'" not in str(error):
            raise
        raise ConfigError(f"{error} Leave out `_partial_: true`, which adds classes.") from error
    if not isinstance(made, TeacherSource):
        raise ConfigError(
            f"{at}: {call['_target_']} gives a {type(made).__name__}, expected a "
            "mtkd.teachers.TeacherSource; a network goes under the key `model`"
        )
    made.identity = sha256(_identity(made, at).encode()).hexdigest()[:16]
    return made


def _identity(source: TeacherSource, at: str) -> str:
    """What a source calls itself, which its maker may have forgotten."""
    name, advice = type(source).__name__, "a text that says what its opinion depends on"
    try:
        identity: object = source.identity
    except AttributeError:
        raise ConfigError(
            f"{at}: {name} is not set up; begin its __init__ with super().__init__(identity), "
            f"{advice}"
        ) from None
    if not isinstance(identity, str):
        raise ConfigError(
            f"{at}: {name} has the identity {identity!r}, expected {advice}; give one to "
            "super().__init__"
        )
    return identity


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
        recorded = CachedTeacher.load(home / SIGNALS, source.identity)
        found |= named(recorded.signal) | {"spoke": spoken(recorded, data.train)}
    hear_domains(changed(source, node, data, f"teachers.{name}"), data, domains, home)
    return found


def record_source(source: TeacherSource, examples: Examples, home: Path) -> CachedTeacher:
    """What a source says about every example; what was asked before a crash is not asked again.

    Raises:
        ValueError: Its answers to two batches are of different kinds, or it is silent everywhere.
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
    if not spoken(whole, examples):
        raise ValueError(
            f"{type(source).__name__} speaks about none of the {len(examples)} training examples, "
            "so no student could learn from it; look at where its signals are present, or leave "
            "it out"
        )
    return whole


def _part(source: TeacherSource, examples: Examples, path: Path) -> CachedTeacher:
    """The answers to a few examples, asked for now or in an earlier attempt."""
    if path.exists():
        try:
            kept = CachedTeacher.load(path, source.identity)
        except ValueError:  # of a source that was another one
            kept = None
        if kept is not None and torch.equal(kept.example_id, examples.ids.unique()):
            return kept
    said = [source(batch) for batch in examples.in_order(ROWS)]
    part = CachedTeacher(examples.ids, one_signal(said), source.identity)
    part.save(path)
    return part
