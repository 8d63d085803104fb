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
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from mtkd.config import ConfigError, instantiate
from mtkd.data import Digits
from mtkd.distiller import Distiller
from mtkd.evaluation import predict_domains
from mtkd.files import FORMAT, read_json, write_bytes, write_json
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.teachers import CachedTeacher, Softened, TeacherSource
from mtkd.tracking import track
from mtkd.training import fit, seeded
from mtkd.weighting import Uniform

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
        predict_domains(student, data, ["validation", *domains], home)
        write_json(home / "history.json", distiller.history.as_json())
        result = {
            "format": FORMAT,
            "name": config.get("name", home.name),
            "steps": steps,
            "parameters": sum(p.numel() for p in student.parameters()),
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
    data = _data(json.dumps(config["data"]))
    at = f"teachers.{name}"
    model = seeded(node["seed"], lambda: instantiate(node["model"], f"{at}.model"))
    weights = home / "model.safetensors"
    if weights.exists():
        model.load_state_dict(load_tensors(weights.read_bytes()))
    else:
        _fit_teacher(model, node, data, at, home)
        write_bytes(weights, save_tensors(model.state_dict()))
    identity = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    if not (home / "signals.safetensors").exists():
        _record(model, data, identity).save(home / "signals.safetensors")
    temperature = node.get("temperature", 1.0)
    predict_domains(model, data, ["validation", *domains], home, temperature)
    result = {
        "format": FORMAT,
        "name": name,
        "identity": identity,
        "parameters": sum(p.numel() for p in model.parameters()),
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


def _fit_teacher(
    model: nn.Module, node: Mapping[str, Any], data: Digits, at: str, home: Path
) -> None:
    examples = data.train
    for number, edit in enumerate(node.get("relabel") or []):
        examples = instantiate(edit, f"{at}.relabel[{number}]")(examples)
    smoothing = node.get("label_smoothing", 0.0)
    labels_only = Recipe(ForwardKL(), Uniform(), hard_share=1.0, label_smoothing=smoothing)
    make = instantiate(node["optimizer"], f"{at}.optimizer")
    fit(Distiller(model, {}, labels_only, make), examples, node["trainer"], node["seed"], home)


@torch.no_grad()
def _record(model: nn.Module, data: Digits, identity: str) -> CachedTeacher:
    model.eval()
    rows = [model(batch).dense().float() for batch in data.train.in_order(1024)]
    return CachedTeacher(data.train.ids, torch.cat(rows), identity)


def _source(config: Mapping[str, Any], name: str, folder: Path) -> TeacherSource:
    identity = read_json(folder / "result.json")["identity"]
    source = CachedTeacher.load(folder / "signals.safetensors", identity)
    temperature = config["teachers"][name].get("temperature", 1.0)
    return source if temperature == 1.0 else Softened(source, temperature)


@lru_cache(maxsize=2)
def _data(node: str) -> Digits:
    """The data of a config, built once in a worker process."""
    data: Digits = instantiate(json.loads(node), "data")
    return data


def _width(data: Digits, student: nn.Module, sources: Mapping[str, TeacherSource]) -> int | None:
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
    home: Path, data: Digits, teachers: Mapping[str, Any], seeds: Mapping[str, int]
) -> None:
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
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
                for name, split in splits.items()
            },
            "teachers": teachers,
            "seeds": seeds,
            "threads": torch.get_num_threads(),
        },
    )
