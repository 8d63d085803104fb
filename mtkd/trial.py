"""One config to a fitted network, its predictions, and `result.json` last."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet
from mtkd.distiller import Distiller
from mtkd.evaluation import predict_domains, record_domains
from mtkd.files import FORMAT, read_json, write_json
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.teachers import CachedTeacher, LiveTeacher, Softened, TeacherSource
from mtkd.token_evaluation import joined
from mtkd.tracking import track
from mtkd.training import fit, seeded
from mtkd.weighting import Uniform
from mtkd.weights import content_hash, load_weights, save_weights
from mtkd.work import forward_work, step_work

WEIGHTS, SIGNALS = "model.safetensors", "signals.safetensors"
VERSIONS = ("torch", "pytorch-lightning", "numpy", "scikit-learn", "scipy", "mtkd")


def run_trial(
    config: Mapping[str, Any], folder: str, teachers: Mapping[str, str], domains: list[str]
) -> dict[str, Any]:
    """Train one student, store its predictions on every domain, and write `result.json`.

    Args:
        config: A resolved trial: `data`, `student`, `loss`, `weighting`, … and `committee`.
        folder: Where the trial lives; what an earlier attempt left there is made again.
        teachers: Folder of each teacher of the committee, by name, in the committee's order.
        domains: Labels of the evaluation domains; `validation` is added.

    Returns:
        What `result.json` holds.
    """
    started, home = time.perf_counter(), Path(folder)
    shutil.rmtree(home / "predictions", ignore_errors=True)
    data = _data(json.dumps(config["data"]))
    sources = {name: _source(config, name, Path(at)) for name, at in teachers.items()}
    student = seeded(config["seed"], lambda: instantiate(config["student"], "student"))
    width = _width(data, student, sources)
    distiller = Distiller(
        student,
        sources,
        recipe(config),
        instantiate(config["optimizer"], "optimizer"),
        width=width,
        log_every=config.get("log_every", 10),
    )
    with track(config, home) as run:
        steps = fit(distiller, data.train, config["trainer"], config["seed"], home, run.logger)
        said = {name: Path(at) for name, at in teachers.items()}
        predict_domains(student, data, ["validation", *domains], home, teachers=said)
        save_weights(student, home / WEIGHTS)
        write_json(home / "history.json", distiller.history.as_json())
        result = {
            "format": FORMAT,
            "name": config.get("name", home.name),
            "steps": steps,
            "parameters": sum(p.numel() for p in student.parameters()),
            **_work(config, student, data, said),
            "seconds": round(time.perf_counter() - started, 3),
            "teachers": {
                name: {"identity": s.identity, "asked": s.asked, "skipped": s.skipped}
                for name, s in sources.items()
            },
        }
        run.finish(home, result)
    _manifest(home, data, result["teachers"], {"student": config["seed"]})
    write_json(home / "result.json", result)
    return result


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
    data, at = _data(json.dumps(config["data"])), f"teachers.{name}"
    model = _network(node, at)
    if (home / WEIGHTS).exists():
        load_weights(model, home / WEIGHTS)
    elif node["trainer"] is not None:
        _fit_teacher(model, node, data, at, home)
        save_weights(model, home / WEIGHTS)
    identity, temperature = content_hash(model), node.get("temperature", 1.0)
    if not (node.get("live") or (home / SIGNALS).exists()):
        _record(model, data, identity).save(home / SIGNALS)
    everywhere = ["validation", *domains]
    predict_domains(model, data, everywhere, home, temperature)
    record_domains(model, data, everywhere, home, identity, temperature)
    result = {
        "format": FORMAT,
        "name": name,
        "identity": identity,
        "parameters": sum(p.numel() for p in model.parameters()),
        **dict(zip(("forward_flop", "head_flop"), _forward_work(model, data), strict=True)),
        "live": bool(node.get("live")),
        "seconds": round(time.perf_counter() - started, 3),
    }
    _manifest(home, data, {}, {name: node["seed"]})
    write_json(home / "result.json", result)
    return result


def recipe(config: Mapping[str, Any]) -> Recipe:
    """What a trial minimises, built from its config.

    Raises:
        ConfigError: A part refuses its arguments.
    """
    parts = {"loss": instantiate(config["loss"], "loss")}
    parts["weighting"] = instantiate(config["weighting"], "weighting")
    options = {key: config[key] for key in ("aggregation", "hard_share", "label_smoothing")}
    try:
        return Recipe(**parts, **options, chunk=config["trainer"].get("chunk", 256))
    except ValueError as error:
        raise ConfigError(str(error)) from None


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
    chunk = node["trainer"].get("chunk", 256)
    labels_only = Recipe(ForwardKL(), Uniform(), "distances", 1.0, smoothing, chunk)
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
        said = [model(batch).map(lambda values: values.half()) for batch in rows.in_order(64)]
    return CachedTeacher(rows.ids, joined(said), identity)


def _source(config: Mapping[str, Any], name: str, folder: Path) -> TeacherSource:
    node, identity = config["teachers"][name], read_json(folder / "result.json")["identity"]
    source: TeacherSource
    if node.get("live"):
        model = _network(node, f"teachers.{name}")
        if node["trainer"] is not None:
            load_weights(model, folder / WEIGHTS)
        source = LiveTeacher(model, identity, node.get("device", "cpu"))
    else:
        source = CachedTeacher.load(folder / SIGNALS, identity)
    temperature = node.get("temperature", 1.0)
    return source if temperature == 1.0 else Softened(source, temperature)


def _forward_work(model: nn.Module, data: DataSet) -> tuple[float, float]:
    return forward_work(model, next(data.train.in_order(4)))


def _work(
    config: Mapping[str, Any], student: nn.Module, data: DataSet, teachers: Mapping[str, Path]
) -> dict[str, float]:
    """What one optimizer step cost, in floating-point operations."""
    trainer = config["trainer"]
    size = trainer["batch_size"] * trainer.get("accumulate_grad_batches", 1)
    said = [read_json(folder / "result.json") for folder in teachers.values()]
    return step_work(_forward_work(student, data)[0], said, size)


@lru_cache(maxsize=2)
def _data(node: str) -> DataSet:
    """The data of a config, built once in a worker process."""
    data: DataSet = instantiate(json.loads(node), "data")
    return data


def _width(data: DataSet, student: nn.Module, sources: Mapping[str, TeacherSource]) -> int | None:
    """Width of the student's hidden state, if it hands one over, seen on one example.

    Raises:
        ConfigError: The student or a teacher speaks about other classes than the data has.
    """
    batch = next(data.train.in_order(1))
    with torch.no_grad():
        output: ModelOutput = student.eval()(batch)
        seen = {name: source.observe(batch).classes for name, source in sources.items()}
    student.train()
    for who, classes in {"student": output.classes, **seen}.items():
        if classes != data.classes:
            raise ConfigError(
                f"{who} speaks about {classes} classes, the data has {data.classes}; "
                f"set its number of classes to {data.classes}"
            )
    return None if output.hidden is None else output.hidden.shape[-1]


def _manifest(
    home: Path, data: DataSet, teachers: Mapping[str, Any], seeds: Mapping[str, int]
) -> None:
    write_json(
        home / "manifest.json",
        {
            "format": FORMAT,
            "python": platform.python_version(),
            "versions": {name: version(name) for name in VERSIONS},
            "data": {
                name: {
                    "items": len(split),
                    "sha256": hashlib.sha256(
                        split.ids.numpy().tobytes() + split.labels.numpy().tobytes()
                    ).hexdigest(),
                }
                for name, split in data.splits.items()
            },
            "teachers": teachers,
            "seeds": seeds,
            "threads": torch.get_num_threads(),
        },
    )
