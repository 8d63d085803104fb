"""A teacher that is no network of the study: made, asked about every example, and recorded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet, Examples
from mtkd.kept import SIGNALS, damaged
from mtkd.teachers import CachedTeacher, TeacherSource
from mtkd.trial.answers import named, spoken
from mtkd.trial.heard import changed, hear_domains
from mtkd.trial.recording import PARTS, WHOLE, asked


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
    found: dict[str, Any] = {"identity": source.identity, "forward_flop": None, "head_flop": None}
    live = bool(node.get("live"))
    if not live:
        found |= _recorded(source, data.train, home)
    heard = changed(source, node, data, f"teachers.{name}")
    hear_domains(heard, data, domains, home, recording=not live)
    return found


def _recorded(source: TeacherSource, examples: Examples, home: Path) -> dict[str, float | None]:
    """Has a source recorded, unless it is already, and says how much of it there is.

    Raises:
        ValueError: The file of its answers is damaged; see also `record_source`.
    """
    if (home / SIGNALS).exists():
        if damaged(home):  # asking may cost something
            raise ValueError(
                f"{home / SIGNALS} is not what {type(source).__name__} was recorded in; put the "
                "old file back, or delete it and run the same command again, which asks anew"
            )
        recorded = CachedTeacher.load(home / SIGNALS, source.identity)
    else:
        recorded = record_source(source, examples, home)
    return named(recorded, examples) | {"spoke": spoken(recorded, examples)}


def record_source(source: TeacherSource, examples: Examples, home: Path) -> CachedTeacher:
    """What a source says about every example, in `home`.

    Raises:
        ValueError: See `asked`, or it is silent everywhere.
    """
    whole = asked(source, examples, home / PARTS)
    silent = not spoken(whole, examples)
    if not silent:
        os.replace(home / PARTS / WHOLE, home / SIGNALS)
    shutil.rmtree(home / PARTS)
    if silent:
        raise ValueError(
            f"{type(source).__name__} speaks about none of the {len(examples)} training examples, "
            "so no student could learn from it; look at where its signals are present, or leave "
            "it out"
        )
    return whole
