"""A teacher: trained once or taken as it is, recorded, and heard again by every student."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtkd.config import instantiate
from mtkd.data import DataSet
from mtkd.distiller import Distiller
from mtkd.evaluation import predict_domains, record_domains
from mtkd.files import FORMAT, read_json, write_json
from mtkd.losses import ForwardKL
from mtkd.onpolicy import Routed
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe, walk_options
from mtkd.teachers import CachedTeacher, LiveTeacher, TeacherSource
from mtkd.token_evaluation import compact, joined
from mtkd.training import fit, is_first, seeded
from mtkd.trial.heard import changed, hear_domains
from mtkd.trial.record import SIGNALS, WEIGHTS, data_of, route_numbers, write_manifest
from mtkd.trial.sourced import listen, made_source
from mtkd.weighting import Uniform
from mtkd.weights import content_hash, load_weights, save_weights
from mtkd.work import forward_work


def train_teacher(
    config: Mapping[str, Any], name: str, folder: str, domains: list[str]
) -> dict[str, Any]:
    """Train one teacher, or complete one that is there, and record what it says.

    Its logits on the training split go to `signals.safetensors`, its predictions to one file for
    each domain: every student and every report reads these, and nothing runs the teacher again.

    Args:
        config: A resolved study with `data` and the teacher's node in `teachers` or `placebo`.
        name: The teacher.
        folder: Where it lives, shared by all studies that name the same teacher.
        domains: Labels of the evaluation domains; `validation` is added.
    """
    started, home = time.perf_counter(), Path(folder)
    node = {**config.get("teachers", {}), **config.get("placebo", {})}[name]
    data, everywhere = data_of(config), ["validation", *domains]
    learnt = listen if node.get("source") is not None else _learn
    found = learnt(node, data, name, home, everywhere)
    if not is_first():
        return {}
    result = {
        "format": FORMAT,
        "name": name,
        **found,
        "live": bool(node.get("live")),
        "seconds": round(time.perf_counter() - started, 3),
    }
    write_manifest(home, data, {}, {name: node["seed"]})
    write_json(home / "result.json", result)
    return result


def _learn(
    node: Mapping[str, Any], data: DataSet, name: str, home: Path, domains: list[str]
) -> dict[str, Any]:
    """A network: trained, recorded, evaluated; what `result.json` says of it."""
    at = f"teachers.{name}"
    model = _network(node, at)
    if (home / WEIGHTS).exists():
        load_weights(model, home / WEIGHTS)
    elif node["trainer"] is not None:
        _fit_teacher(model, node, data, at, home)
        if not is_first():
            return {}
        save_weights(model, home / WEIGHTS)
    identity, temperature = content_hash(model), node.get("temperature", 1.0)
    few = next(data.train.in_order(4))
    if node.get("align") is not None:
        few = few | {"inputs": torch.zeros_like(few["inputs"])}  # tokens that it has
        source = LiveTeacher(model, identity, node.get("device"), name=name)
        hear_domains(changed(source, node, data, at), data, domains, home)
    else:
        if not (node.get("live") or (home / SIGNALS).exists()):
            _record(model, data, identity).save(home / SIGNALS)
        predict_domains(model, data, domains, home, temperature)
        record_domains(model, data, domains, home, identity, temperature)
    return {
        "identity": identity,
        "parameters": sum(p.numel() for p in model.parameters()),
        **dict(zip(("forward_flop", "head_flop"), forward_work(model, few), strict=True)),
    }


def teacher_source(config: Mapping[str, Any], name: str, folder: Path) -> TeacherSource:
    """The teacher whose folder is given, as a student of `config` hears it."""
    node, identity = config["teachers"][name], read_json(folder / "result.json")["identity"]
    source: TeacherSource
    if not node.get("live"):
        source = CachedTeacher.load(folder / SIGNALS, identity)
    elif node.get("source") is not None:
        source = made_source(node, data_of(config), f"teachers.{name}")
    else:
        model = _network(node, f"teachers.{name}")
        if node["trainer"] is not None:
            load_weights(model, folder / WEIGHTS)
        source = LiveTeacher(model, identity, node.get("device"), name=name)
    source = changed(source, node, data_of(config), f"teachers.{name}")
    if node.get("route"):
        numbers = route_numbers(data_of(config), node["route"], f"teachers.{name}")
        source = Routed(source, numbers)
    return source


def _network(node: Mapping[str, Any], at: str) -> nn.Module:
    """A teacher's network, its first weights drawn from its own seed or loaded by its target."""
    return seeded(node["seed"], lambda: instantiate(node["model"], f"{at}.model"))


def _fit_teacher(
    model: nn.Module, node: Mapping[str, Any], data: DataSet, at: str, home: Path
) -> None:
    examples = data.train
    for number, edit in enumerate(node.get("relabel") or []):
        examples = instantiate(edit, f"{at}.relabel[{number}]")(examples)
    smoothing = node.get("label_smoothing", 0.0)
    walk = walk_options(node["trainer"])
    labels_only = Recipe(ForwardKL(), Uniform(), "distances", 1.0, smoothing, **walk)
    make = instantiate(node["optimizer"], f"{at}.optimizer")
    fit(Distiller(model, {}, labels_only, make), examples, node["trainer"], node["seed"], home)


@torch.no_grad()
def _record(model: nn.Module, data: DataSet, identity: str) -> CachedTeacher:
    """Logits of a classifier as they are; hidden states of a language model in half the room."""
    model.eval()
    rows = data.train
    if rows.labels.dim() == 1:
        said = [ModelOutput(logits=model(batch).dense().float()) for batch in rows.in_order(1024)]
    else:
        said = [model(batch).map(compact) for batch in rows.in_order(64)]
    return CachedTeacher(rows.ids, joined(said), identity)
