"""Objects built once before training, so that what cannot work is said before time is spent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet
from mtkd.data.examples import NO_LABEL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.study.plan import Plan
from mtkd.study.trials import Trial


def check_plan(plan: Plan) -> dict[str, str]:
    """Build the data, every teacher's network and one trial of each cell; train nothing.

    Returns:
        What each cell minimises, in one line, by `Trial.cell_name`.

    Raises:
        ConfigError: The config path, and what cannot work or not work together.
    """
    data = instantiate(plan.config["data"], "config.data")
    for domain in plan.domains:
        _check_domain(domain, data)
    for name, teacher in plan.teachers.items():
        at = f"config.{'placebo' if teacher.placebo else 'teachers'}.{name}"
        _check_teacher(teacher.config, data, at)
    formulas: dict[str, str] = {}
    seen: dict[str, str] = {}
    for trial in plan.trials:
        parts = {key: value for key, value in trial.config.items() if key != "seed"}
        text = json.dumps(parts, sort_keys=True)
        if text not in seen:
            seen[text] = _check_trial(trial, data)
        formulas[trial.cell_name] = seen[text]
    return formulas


def _check_domain(domain: Mapping[str, Any], data: DataSet) -> None:
    """Make the domain; one that is compared by labels must have them."""
    name = domain["shift"] or domain["name"]
    with _told("config.domains"):
        labels = data.domain(name, domain["severity"]).labels
    if domain["kind"] != "ood" and labels.dim() == 1 and (labels == NO_LABEL).any():
        raise ConfigError(
            f"config.domains: {int((labels == NO_LABEL).sum())} of {len(labels)} items of {name} "
            f"have no label; list it as {{out_of_distribution: {name}}}"
        )


def _check_trial(trial: Trial, data: DataSet) -> str:
    """Build one trial, and give its formula."""
    config = trial.config
    student, optimizer = config["student"], config["optimizer"]
    output = _check_model(student, "config.student", optimizer, "config.optimizer", data)
    loss = instantiate(config["loss"], "config.loss")
    weighting = instantiate(config["weighting"], "config.weighting")
    shares = {key: config[key] for key in ("aggregation", "hard_share", "label_smoothing")}
    with _told("config"):
        recipe = Recipe(loss, weighting, **shares)
    if config["committee"]:
        if weighting.needs_hidden and output.hidden is None:
            raise ConfigError(
                f"config.weighting: {type(weighting).__name__} reads the student's hidden state, "
                f"but config.student {config['student']['_target_']} gives logits only; let it "
                "give hidden states too, or use another weighting"
            )
        width = None if output.hidden is None else output.hidden.shape[-1]
        with _told("config.weighting"):
            weighting.prepare(config["committee"], width)
    if not config.get("on_policy"):
        return recipe.formula
    writing = instantiate(config["on_policy"], "config.on_policy")
    silent = [name for name in config["committee"] if not config["teachers"][name]["live"]]
    if silent:
        raise ConfigError(
            f"config.on_policy: {', '.join(silent)} cannot answer what the student writes, since "
            "recorded teachers know the training rows only; set live: true in the teacher's node"
        )
    return f"{recipe.formula}; {writing.formula(recipe)}"


def _check_teacher(node: Mapping[str, Any], data: DataSet, at: str) -> None:
    trained = node["trainer"] is not None
    optimizer = node["optimizer"] if trained else None
    if node["align"]:
        instantiate(node["model"], f"{at}.model")
        return
    _check_model(node["model"], f"{at}.model", optimizer, f"{at}.optimizer", data)
    if not trained:
        return
    examples = data.train
    for index, edit in enumerate(node["relabel"] or []):
        where = f"{at}.relabel.{index}"
        with _told(where):
            examples = instantiate(edit, where)(examples)


def _check_model(
    node: Any, at: str, optimizer: Any, optimizer_at: str, data: DataSet
) -> ModelOutput:
    """What a model says about two examples, after checking that it speaks of the right classes."""
    # Weights are drawn here: the state of the caller's generator must not notice.
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        model = instantiate(node, at)
        try:
            output = model(next(data.train.in_order(2)))
        except (RuntimeError, ValueError) as error:
            raise ConfigError(
                f"{at}: {type(model).__name__} does not take the data: {error}"
            ) from error
    if output.classes != data.classes:
        raise ConfigError(
            f"{at}: {type(model).__name__} speaks about {output.classes} classes, "
            f"config.data has {data.classes}; set its number of classes to {data.classes}"
        )
    if optimizer is not None:
        with _told(optimizer_at):
            instantiate(optimizer, optimizer_at)(list(model.named_parameters()))
    return output


@contextmanager
def _told(at: str) -> Iterator[None]:
    """An error about a value inside, told with the config path."""
    try:
        yield
    except ConfigError:
        raise
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{at}: {error}") from error
