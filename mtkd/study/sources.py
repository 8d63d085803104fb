"""A teacher that is no network of the study, asked about two examples before any training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError
from mtkd.data import DataSet
from mtkd.memory import ran_out
from mtkd.signals import PartialSignal, Signal
from mtkd.study.facts import Facts
from mtkd.study.models import WRONG, described
from mtkd.study.standing import DataChanged, near
from mtkd.teachers import CachedTeacher, ServedTeacher, TeacherSource
from mtkd.teachers.served import check_spelling

PROBED = 32
"""Tokens of a probe: two blocks of vLLM's prefix cache."""


def check_source(
    node: Mapping[str, Any], facts: Facts, at: str, kept: tuple[str, Path] | None
) -> Signal | None:
    """What a source says about two training examples; recorded answers are not asked for again.

    Args:
        node: The teacher's node.
        facts: About the data.
        at: Its config path.
        kept: Identity and folder of one that was recorded before.

    Returns:
        A signal about some classes and the rest; None of one about every class.

    Raises:
        ConfigError: It cannot be made or does not answer, or its answers do not fit the data;
            `DataChanged` where it is another source than the one that was recorded.
    """
    from mtkd.trial.heard import changed  # Lightning comes along
    from mtkd.trial.record import SIGNALS
    from mtkd.trial.sourced import made_source

    name, data = at.removeprefix("config."), facts.data
    source = made_source(node, data, name)
    if kept is not None:
        _refuse_other(source.identity, *kept, at)
    try:
        if kept is not None and not node["live"]:
            source = CachedTeacher.load(kept[1] / SIGNALS, source.identity)
        signal = _asked(changed(source, node, data, name), data, at)
        if isinstance(source, ServedTeacher):
            _probe(source, facts)
    except ConfigError:
        raise
    except WRONG as error:
        if ran_out(error):
            raise
        raise ConfigError(f"{at}.source: {error}") from error
    return signal if isinstance(signal, PartialSignal) else None


def _probe(source: ServedTeacher, facts: Facts) -> None:
    """Refuse a server that gives two answers to one question, or means other tokens.

    Raises:
        ValueError: Its own sentence.
    """
    rows = facts.data.train
    first = rows.inputs[0]
    if "attention_mask" in rows.extras:
        first = first[rows.extras["attention_mask"][0].bool()]
    spelt = source.probe(first[:PROBED].tolist() + first[:1].tolist())
    if facts.tokenizer is not None:
        ours = facts.tokenizer
        check_spelling(
            spelt, lambda token: ours.decode([token], skip_special_tokens=False), source.server.who
        )


def _asked(source: TeacherSource, data: DataSet, at: str) -> Signal:
    """What it says about two examples, which must be about each position and the data's classes."""
    batch = next(data.train.in_order(2))
    signal = source(batch)
    name, labels = type(source).__name__, batch["labels"]
    if signal.classes != data.classes:
        raise ConfigError(
            f"{at}.source: {name} speaks about {signal.classes} classes, config.data has "
            f"{data.classes}; its classes must be those of the data"
        )
    if signal.shape != tuple(labels.shape):
        raise ConfigError(
            f"{at}.source: {name} speaks about positions {list(signal.shape)}, expected those of "
            f"the labels, {list(labels.shape)}; it was asked about {described(batch)}"
        )
    return signal


def _refuse_other(now: str, identity: str, folder: Path, at: str) -> None:
    if now != identity:
        raise DataChanged(
            f"{at}.source: it says of itself that it is another one ({now}) than the one recorded "
            f"in {near(folder)} ({identity}), from which trials have learnt; use the old one, give "
            "another folder with --runs, or remove that folder and the trials of this study"
        )
