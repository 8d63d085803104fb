"""A teacher that is no network of the study, asked about two examples before any training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from mtkd.config import ConfigError, raised
from mtkd.data import DataSet
from mtkd.data.examples import Batch
from mtkd.files import is_full_disk
from mtkd.kept import SIGNALS
from mtkd.memory import ran_out
from mtkd.signals import PartialSignal, Signal
from mtkd.study.facts import Facts
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
    from mtkd.trial.sourced import made_source

    name, data = at.removeprefix("config."), facts.data
    with _told(at):
        source = made_source(node, data, name)
        if kept is not None:
            _refuse_other(source.identity, *kept, at)
        again = kept is None or node["live"]
        if kept is not None and not again:
            source = CachedTeacher.load(kept[1] / SIGNALS, source.identity)
        heard = changed(source, node, data, name)
        if again and isinstance(source, CachedTeacher):
            _refuse_short(source, facts, at)
        signal = _asked(heard, next(data.train.in_order(2)), data, at)
        if isinstance(source, ServedTeacher):
            _probe(source, facts)
    return signal if isinstance(signal, PartialSignal) else None


@contextmanager
def _told(at: str) -> Iterator[None]:
    """Whatever a source raises, with its config path.

    A lost connection too, which `mtkd.config.told` lets pass: there is no other model to blame.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # a source of the user's own raises what it likes
        if ran_out(error) or is_full_disk(error):
            raise
        raise ConfigError(f"{at}.source: {raised(error)}") from error


def _refuse_short(table: CachedTeacher, facts: Facts, at: str) -> None:
    """Refuse a table without what it is to be evaluated on, which would be told after training."""
    others = facts.data.splits.keys() - {"train", "validation"}
    for name, examples in facts.examples.items():
        missing = ~torch.isin(examples.ids, table.example_id.cpu())
        if name not in others and missing.any():
            raise ConfigError(
                f"{at}.source: the table of teacher {table.identity} lacks {int(missing.sum())} "
                f"of {len(examples)} examples of {name}; a teacher is asked about the training "
                "split, the validation split and every domain, so give it the rows of all"
            )


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


def _asked(source: TeacherSource, batch: Batch, data: DataSet, at: str) -> Signal:
    """What it says about a batch, which must be about the data's classes."""
    signal, name = source(batch), type(source).__name__
    if signal.classes != data.classes:
        raise ConfigError(
            f"{at}.source: {name} speaks about {signal.classes} classes, config.data has "
            f"{data.classes}; its classes must be those of the data"
        )
    return signal


def _refuse_other(now: str, identity: str, folder: Path, at: str) -> None:
    if now != identity:
        raise DataChanged(
            f"{at}.source: it says of itself that it is another one ({now}) than the one recorded "
            f"in {near(folder)} ({identity}), from which trials have learnt; use the old one, give "
            "another folder with --runs, or remove that folder and the trials of this study"
        )
