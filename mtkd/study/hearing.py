"""A teacher with another tokenizer, asked about a few rows before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from mtkd.alignment import UnionSignal
from mtkd.config import ConfigError
from mtkd.memory import OutOfMemory, ran_out
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal, PartialSignal, Signal
from mtkd.study.facts import Facts
from mtkd.study.models import WRONG
from mtkd.study.readers import check_reader, check_text, longest_rows
from mtkd.teachers import LiveTeacher

Heard = Signal | UnionSignal


def check_aligned(model: nn.Module, node: Mapping[str, Any], facts: Facts, at: str) -> Heard:
    """What an aligned teacher says about the two longest rows.

    Args:
        model: The teacher's network.
        node: Its node, with `align`.
        facts: About the data.
        at: Its config path.

    Returns:
        A signal of the kind that it gives, without the network behind it.

    Raises:
        ConfigError: What does not fit, and what to do.
    """
    from mtkd.trial.heard import changed  # Lightning comes along

    check_text(facts, at)
    align = check_reader(model, node["align"], facts, at)
    name, data = at.removeprefix("config."), facts.data
    try:
        live = LiveTeacher(model, name, node["device"], name=name.rpartition(".")[2])
        source = changed(live, {**node, "align": align}, data, name)
        signal: Heard = source(next(data.train.take(longest_rows(data.train, 2)).in_order(2)))
    except (ConfigError, OutOfMemory):
        raise
    except WRONG as error:
        if ran_out(error):
            raise
        raise ConfigError(f"{at}.align: {error}") from error
    return _alone(signal)


def check_heard(
    recipe: Recipe,
    heard: Mapping[str, Heard | None],
    classes: int,
    of: str = "",
    softens: bool = True,
) -> None:
    """Refuse a loss, weighting or aggregation that what is heard of the teachers does not allow.

    Args:
        recipe: What a trial minimises.
        heard: What `check_aligned` or `check_source` gave for each teacher of its committee; None
            of those that speak about every class.
        classes: The student's.
        of: Where the config says the recipe's loss: "", or `on_policy.`.
        softens: Whether a temperature can be said there.

    Raises:
        ConfigError: The teacher, what it gives, and what the recipe needs.
    """
    wanted = recipe.loss.temperature
    partial = {n: signal for n, signal in heard.items() if isinstance(signal, PartialSignal)}
    for name, signal in partial.items():
        if recipe.loss.coarse and signal.temperature != wanted:
            own = f"teachers.{name}.align.temperature (or record.temperature): {wanted:g}"
            advice = f"{own}, if it is aligned or recorded so"
            if softens:
                advice = f"{of}loss.temperature: {signal.temperature:g}, or {advice}"
            raise ConfigError(
                f"config.teachers.{name} speaks of some classes and the rest at temperature "
                f"{signal.temperature:g}, but config.{of}loss has temperature {wanted:g}, and a "
                f"pooled tail cannot be softened afterwards; set {advice}"
            )
    signals: list[Any] = [signal or _complete(classes) for signal in heard.values()]
    aligned = [*partial, *(name for name, signal in heard.items() if signal)]
    try:
        recipe.check(signals, classes)
    except ValueError as error:
        where = f"teachers.{aligned[0]}" if aligned else "teachers"
        raise ConfigError(f"config.{where}: {error}") from None


def _alone(signal: Heard) -> Heard:
    """A signal of the same kind that does not keep the teacher's head."""
    if isinstance(signal, PartialSignal):
        return signal
    if isinstance(signal, UnionSignal):
        return replace(signal, output=_complete(signal.output.classes).output, present=None)
    return _complete(signal.classes)


def _complete(classes: int) -> CompleteSignal:
    return CompleteSignal(ModelOutput(logits=torch.zeros(1, classes)))
