"""Objects built once before training, so that what cannot work is said before time is spent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from mtkd.config import ConfigError, instantiate, told
from mtkd.data import DataSet
from mtkd.data.examples import NO_LABEL
from mtkd.optimizers import check_optimizer
from mtkd.recipe import Recipe
from mtkd.study.facts import Facts
from mtkd.study.fitting import check_fit, teacher_advice
from mtkd.study.hearing import Heard, check_aligned, check_heard
from mtkd.study.models import check_output, recorded_few, refuse_other_weights
from mtkd.study.plan import Plan
from mtkd.study.probing import check_called
from mtkd.study.routes import check_routes
from mtkd.study.sources import check_source
from mtkd.study.telling import told_cell, told_room
from mtkd.study.trainers import check_training
from mtkd.study.trials import Trial
from mtkd.study.written import check_writing


def check_plan(
    plan: Plan,
    data: DataSet | None = None,
    identities: Mapping[str, tuple[str, Path]] = MappingProxyType({}),
) -> dict[str, str]:
    """Build the data, every teacher's network and one trial of each cell; train nothing.

    Args:
        plan: The study.
        data: Its data, if they are built already.
        identities: See `mtkd.study.standing.identities`: weights that must not have changed.

    Returns:
        What each cell minimises, in one line, by `Trial.cell_name`.

    Raises:
        ConfigError: The config path, and what cannot work or not work together.
    """
    if data is None:
        data = instantiate(plan.config["data"], "config.data")
    facts, heard = Facts(data, plan.domains), {}
    for domain in plan.domains:
        _check_domain(domain, data)
    for name, teacher in plan.teachers.items():
        at = f"config.{'placebo' if teacher.placebo else 'teachers'}.{name}"
        heard[name] = _check_teacher(teacher.config, facts, at, identities.get(name))
    formulas: dict[str, str] = {}
    seen: dict[str, str] = {}
    for trial in plan.trials:
        parts = {key: value for key, value in trial.config.items() if key != "seed"}
        text = json.dumps(parts, sort_keys=True)
        if text not in seen:
            with told_cell(trial, plan.trials):
                seen[text] = _check_trial(trial, facts, heard)
        formulas[trial.cell_name] = seen[text]
    return formulas


def _check_domain(domain: Mapping[str, Any], data: DataSet) -> None:
    """Make the domain; one that is compared by labels must have them."""
    name = domain["shift"] or domain["name"]
    with told("config.domains"):
        labels = data.domain(name, domain["severity"]).labels
    if domain["kind"] != "ood" and labels.dim() == 1 and (labels == NO_LABEL).any():
        raise ConfigError(
            f"config.domains: {int((labels == NO_LABEL).sum())} of {len(labels)} items of {name} "
            f"have no label; list it as {{out_of_distribution: {name}}}"
        )


def _check_trial(trial: Trial, facts: Facts, heard: Mapping[str, Heard | None]) -> str:
    """Build one trial, and give its formula; `heard` is what aligned teachers give, by name."""
    config = trial.config
    # Weights are drawn here: the state of the caller's generator must not notice.
    with torch.random.fork_rng(devices=[]), told_room("config.student"):
        student = instantiate(config["student"], "config.student")
        check_fit(student, facts, "config.student")
        output = check_output(student, "config.student", facts.data)
    _check_optimizer(config["optimizer"], "config.optimizer", student)
    check_training(config, "config", len(facts.data.train))
    loss = instantiate(config["loss"], "config.loss")
    weighting = instantiate(config["weighting"], "config.weighting")
    shares = {key: config[key] for key in ("aggregation", "hard_share", "label_smoothing")}
    with told("config"):
        recipe = Recipe(loss, weighting, **shares)
    if config["committee"]:
        if weighting.needs_hidden and output.hidden is None:
            raise ConfigError(
                f"config.weighting: {type(weighting).__name__} reads the student's hidden state, "
                f"but config.student {config['student']['_target_']} gives logits only; let it "
                "give hidden states too, or use another weighting"
            )
        width = None if output.hidden is None else output.hidden.shape[-1]
        with told("config.weighting"):
            weighting.prepare(config["committee"], width)
        check_called(recipe, len(config["committee"]), output.classes, width)
        check_heard(recipe, {name: heard[name] for name in config["committee"]}, output.classes)
        check_routes(config, facts.data, facts.data.train)
    if not config.get("on_policy"):
        return recipe.formula
    return f"{recipe.formula}; {check_writing(config, recipe, student, output, facts.data, heard)}"


def _check_teacher(
    node: Mapping[str, Any], facts: Facts, at: str, kept: tuple[str, Path] | None
) -> Heard | None:
    """Build one teacher and what it learns from; `kept` are hash and folder of one that is done.

    Returns:
        What one gives that does not speak about every class of the data.
    """
    if node["source"] is not None:
        return check_source(node, facts, at, kept)
    trained = node["trainer"] is not None
    with torch.random.fork_rng(devices=[]), told_room(f"{at}.model"):
        torch.manual_seed(node["seed"])
        model = instantiate(node["model"], f"{at}.model")
        if kept is not None:
            refuse_other_weights(model, *kept, f"{at}.model")
        if node["align"] is not None:
            return check_aligned(model, node, facts, at)
        check_fit(model, facts, f"{at}.model", teacher_advice(model, facts, trained))
        check_output(model, f"{at}.model", facts.data)
    if trained:
        _check_optimizer(node["optimizer"], f"{at}.optimizer", model)
        examples = facts.data.train
        for index, edit in enumerate(node["relabel"] or []):
            where = f"{at}.relabel.{index}"
            with told(where):
                examples = instantiate(edit, where)(examples)
        check_training(node, at, len(examples))
    return recorded_few(node, facts.data.classes, at)


def _check_optimizer(node: Mapping[str, Any], at: str, model: nn.Module) -> None:
    with told(at):
        check_optimizer(instantiate(node, at)(list(model.named_parameters())))
