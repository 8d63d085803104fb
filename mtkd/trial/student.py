"""A student: fitted, evaluated on every domain, saved."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet
from mtkd.devices import beside, trainer_device
from mtkd.distiller import Distiller
from mtkd.evaluation import describe_domains, predict_domains
from mtkd.files import FORMAT, write_json
from mtkd.onpolicy import OnPolicy
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe, walk_options
from mtkd.starts import starts
from mtkd.teachers import TeacherSource
from mtkd.tracking import track
from mtkd.training import fit, is_first, seeded
from mtkd.trial.cost import training_work
from mtkd.trial.record import WEIGHTS, data_of, prompts_of, sizes_of, write_manifest
from mtkd.trial.teacher import teacher_source
from mtkd.weights import save_weights


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
        What `result.json` holds. Of several processes that train a student together, the first
        one does all the rest; in the others it is empty.
    """
    started, home, first = time.perf_counter(), Path(folder), is_first()
    if first:
        shutil.rmtree(home / "predictions", ignore_errors=True)
    start = starts(config["student"]) if first else {}
    data = data_of(config)
    sources = {name: teacher_source(config, name, Path(at)) for name, at in teachers.items()}
    student = seeded(config["seed"], lambda: instantiate(config["student"], "student"))
    width = _width(data, student, sources)
    writing = on_policy(config)
    with told_as_config():
        distiller = Distiller(
            student,
            sources,
            recipe(config),
            instantiate(config["optimizer"], "optimizer"),
            width=width,
            log_every=config.get("log_every", 10),
            on_policy=writing,
        )
    with track(config if first else {}, home) as run:
        prompts = prompts_of(data, writing)
        steps = fit(
            distiller, data.train, config["trainer"], config["seed"], home, run.logger, prompts
        )
        if not first:
            return {}
        distiller.to(trainer_device(config["trainer"]))  # Lightning took it to the CPU
        said = {name: Path(at) for name, at in teachers.items()}
        predict_domains(student, data, ["validation", *domains], home, teachers=said)
        if home.parent.name == "trials":  # in a run folder, whose trials share their items
            describe_domains(data, ["validation", *domains], home.parents[1] / "metadata")
        save_weights(student, home / WEIGHTS)
        write_json(home / "history.json", distiller.history.as_json())
        result = {
            "format": FORMAT,
            "name": config.get("name", home.name),
            "steps": steps,
            **sizes_of(student),
            **training_work(distiller, data.train, config["trainer"], steps, said),
            "seconds": round(time.perf_counter() - started, 3),
            "teachers": {
                name: {"identity": s.identity, "asked": s.asked, "skipped": s.skipped}
                for name, s in sources.items()
            },
        }
        write_manifest(home, data, result["teachers"], {"student": config["seed"]}, start)
        write_json(home / "result.json", result)
        run.finish(home, result)  # last, so that what W&B refuses is not trained again
    return result


def recipe(config: Mapping[str, Any]) -> Recipe:
    """What a trial minimises, built from its config.

    Raises:
        ConfigError: A part refuses its arguments.
    """
    parts = {"loss": instantiate(config["loss"], "loss")}
    parts["weighting"] = instantiate(config["weighting"], "weighting")
    options = {key: config[key] for key in ("aggregation", "hard_share", "label_smoothing")}
    with told_as_config():
        return Recipe(**parts, **options, **walk_options(config["trainer"]))


def on_policy(config: Mapping[str, Any]) -> OnPolicy | None:
    """How the student writes text of its own, if the trial says so."""
    node = config.get("on_policy")
    made: OnPolicy | None = instantiate(node, "on_policy") if node else None
    return made


@contextmanager
def told_as_config() -> Iterator[None]:
    """An error about a value inside is an error of the config."""
    try:
        yield
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _width(data: DataSet, student: nn.Module, sources: Mapping[str, TeacherSource]) -> int | None:
    """Width of the student's hidden state, if it hands one over, seen on one example.

    Raises:
        ConfigError: The student or a teacher speaks about other classes than the data has.
    """
    batch = next(data.train.in_order(1))
    with torch.no_grad():
        output: ModelOutput = student.eval()(beside(student, batch))
        seen = {name: source.observe(batch).classes for name, source in sources.items()}
    for source in sources.values():
        source.asked = source.skipped = 0  # this look is no part of the training
    student.train()
    for who, classes in {"student": output.classes, **seen}.items():
        if classes != data.classes:
            raise ConfigError(
                f"{who} speaks about {classes} classes, the data has {data.classes}; "
                f"set its number of classes to {data.classes}"
            )
    return None if output.hidden is None else output.hidden.shape[-1]
