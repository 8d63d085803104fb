"""A teacher: trained once or taken as it is, recorded, and heard again by every student."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mtkd.data import DataSet
from mtkd.devices import beside, place_of
from mtkd.evaluation import predict_domains, record_domains
from mtkd.files import FORMAT, read_json, write_json
from mtkd.kept import ENTRY, SIGNALS, damaged, recorded
from mtkd.memory import TEACHER_ADVICE, told_memory
from mtkd.onpolicy import Routed
from mtkd.signals import Sparse
from mtkd.starts import recorded_starts, starts
from mtkd.teachers import CachedTeacher, LiveTeacher, TeacherSource
from mtkd.training import is_first
from mtkd.trial.answers import named
from mtkd.trial.heard import changed, hear_domains
from mtkd.trial.networks import fit_network, known_identity, make_network, record_network
from mtkd.trial.record import WEIGHTS, data_of, route_numbers, write_manifest
from mtkd.trial.sourced import listen, made_source
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
    begun = (home / WEIGHTS).exists() or (home / SIGNALS).exists()
    start = recorded_starts(home) if begun else starts(node.get("model"))
    data, everywhere = data_of(config), ["validation", *domains]
    if node.get("source") is not None:
        found = listen(node, data, name, home, everywhere)
    else:
        trainer = node["trainer"] or config.get("trainer", {})
        found = _learn(node, data, name, home, everywhere, trainer)
    if not is_first():
        return {}
    result = {
        "format": FORMAT,
        "name": name,
        **found,
        "live": bool(node.get("live")),
        ENTRY: recorded(home),
        "seconds": round(time.perf_counter() - started, 3),
    }
    write_manifest(home, data, {}, {name: node["seed"]}, start)
    write_json(home / "result.json", result)
    return result


def _learn(
    node: Mapping[str, Any],
    data: DataSet,
    name: str,
    home: Path,
    domains: list[str],
    trainer: Mapping[str, Any],
) -> dict[str, Any]:
    """A network: trained, then recorded and evaluated where `trainer` trains.

    Returns:
        What `result.json` says of it.
    """
    at, temperature = f"teachers.{name}", node.get("temperature", 1.0)
    model = make_network(node, at)
    trains = node["trainer"] is not None and not (home / WEIGHTS).exists()
    if trains:
        fit_network(model, node, data, at, home)
    if not is_first():
        return {}
    if trains:
        save_weights(model, home / WEIGHTS)
    elif node["trainer"] is not None:
        load_weights(model, home / WEIGHTS)
    identity = content_hash(model) if trains else known_identity(model, home)
    for file in damaged(home):
        file.unlink(missing_ok=True)
    with told_memory(f"the teacher {name}", TEACHER_ADVICE):
        model = model.to(place_of(model, trainer, node.get("device")))
    few = beside(model, next(data.train.in_order(4)))
    if node.get("align") is not None:
        few = few | {"inputs": torch.zeros_like(few["inputs"])}  # tokens that it has
        source = LiveTeacher(model, identity, name=name)
        hear_domains(changed(source, node, data, at), data, domains, home)
    else:
        if not (node.get("live") or (home / SIGNALS).exists()):
            sparse = Sparse(**node["record"]) if node.get("record") else None
            record_network(model, data, identity, home / SIGNALS, sparse, temperature)
        predict_domains(model, data, domains, home, temperature)
        record_domains(model, data, domains, home, identity, temperature)
    return {
        "identity": identity,
        "parameters": sum(p.numel() for p in model.parameters()),
        **dict(zip(("forward_flop", "head_flop"), forward_work(model, few), strict=True)),
        **_named(node, data, home, identity),
    }


def _named(
    node: Mapping[str, Any], data: DataSet, home: Path, identity: str
) -> dict[str, float | None]:
    """How much of what a teacher says is recorded, if it is not everything."""
    if not node.get("record"):
        return {}
    return named(CachedTeacher.load(home / SIGNALS, identity), data.train)


def teacher_source(config: Mapping[str, Any], name: str, folder: Path) -> TeacherSource:
    """The teacher whose folder is given, as a student of `config` hears it."""
    node, identity = config["teachers"][name], read_json(folder / "result.json")["identity"]
    source: TeacherSource
    if not node.get("live"):
        source = CachedTeacher.load(folder / SIGNALS, identity)
    elif node.get("source") is not None:
        source = made_source(node, data_of(config), f"teachers.{name}")
    else:
        model = make_network(node, f"teachers.{name}")
        if node["trainer"] is not None:
            load_weights(model, folder / WEIGHTS)
            known_identity(model, folder)
        place = place_of(model, config.get("trainer", {}), node.get("device"))
        source = LiveTeacher(model, identity, str(place), name=name)
    source = changed(source, node, data_of(config), f"teachers.{name}")
    if node.get("route"):
        numbers = route_numbers(data_of(config), node["route"], f"teachers.{name}")
        source = Routed(source, numbers)
    return source
