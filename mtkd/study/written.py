"""Whether a student can write text of its own and learn from it, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from typing import Any

import torch
from torch import nn

from mtkd.config import ConfigError, instantiate, told
from mtkd.data import DataSet, Examples
from mtkd.devices import beside
from mtkd.onpolicy import OnPolicy, Turns
from mtkd.onpolicy.checks import check_recipe, check_unsplit
from mtkd.onpolicy.decoders import decoder
from mtkd.onpolicy.prompts import read_prompts
from mtkd.onpolicy.writing import writing as as_writer
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.study.hearing import Heard, check_heard
from mtkd.study.routes import check_routes

AT = "config.on_policy"


def check_writing(
    config: Mapping[str, Any],
    recipe: Recipe,
    student: nn.Module,
    output: ModelOutput,
    data: DataSet,
    heard: Mapping[str, Heard | None],
) -> str:
    """The formula of `on_policy`, after checking what the trial would meet later.

    Args:
        config: A trial with `on_policy`.
        recipe: What it minimises on text of the data.
        student: Its student.
        output: What the student says about two rows.
        data: Its data.
        heard: What aligned teachers give, by name.

    Raises:
        ConfigError: The config path, and what cannot work.
    """
    from mtkd.trial.record import prompts_of  # Lightning comes along

    writing: OnPolicy = instantiate(config["on_policy"], AT)
    committee = config["committee"]
    silent = [name for name in committee if not config["teachers"][name]["live"]]
    if silent:
        raise ConfigError(
            f"{AT}: {', '.join(silent)} cannot answer what the student writes, since "
            "recorded teachers know the training rows only; set live: true in the teacher's node"
        )
    own, width = writing.recipe(recipe), None if output.hidden is None else output.hidden.shape[-1]
    with told(AT):
        check_unsplit(config["trainer"].get("strategy") == "fsdp")
        if writing.weighting is not None:
            writing.weighting.prepare(committee, width)
        check_recipe(own, writing.gradient is None)
    of = "on_policy." if writing.loss is not None else ""
    said = {name: heard[name] for name in committee}
    check_heard(own, said, output.classes, of, softens=writing.gradient is None)
    prompts = prompts_of(data, writing)
    asked = data.train if prompts is None else prompts
    check_routes(config, data, asked)
    with told(AT):
        _check_longest(writing, student, asked)
    return writing.formula(recipe)


def _check_longest(writing: OnPolicy, student: nn.Module, asked: Examples) -> None:
    """Begin to continue the longest prompt, without writing a token."""
    mask = asked.extras.get("attention_mask", torch.ones(1, 1))
    longest = asked.take(mask.sum(dim=1).argmax().unsqueeze(0))
    batch = next(filter(None, Turns(writing, longest, 1, 0).mixed(repeat({}))))
    with as_writer(student):
        decoder(student, read_prompts(beside(student, batch)), writing.max_new_tokens)
