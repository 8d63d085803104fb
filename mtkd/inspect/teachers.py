"""What the teachers of a study say about a batch, as far as they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from torch import nn

from mtkd.config import ConfigError, instantiate, raised
from mtkd.data import DataSet
from mtkd.data.examples import Batch
from mtkd.data.names import unknown
from mtkd.inspect.said import Said, said
from mtkd.kept import SIGNALS
from mtkd.onpolicy import Routed
from mtkd.study.ledger import Ledger
from mtkd.study.plan import Plan, Teacher
from mtkd.teachers import CachedTeacher, LiveTeacher, Softened, TeacherSource
from mtkd.weights import load_weights


def chosen(plan: Plan, names: str | None) -> list[Teacher]:
    """The teachers asked for: all, none, or those named.

    Raises:
        ConfigError: A name that no teacher has.
    """
    if names is None:
        return list(plan.teachers.values())
    wanted = [] if names == "none" else names.split(",")
    for name in wanted:
        if name not in plan.teachers:
            raise ConfigError(str(unknown("teacher", name, plan.teachers)))
    return [plan.teachers[name] for name in wanted]


def asked(
    plan: Plan,
    teachers: Sequence[Teacher],
    runs: Path,
    data: DataSet,
    batches: Sequence[tuple[Batch, slice]],
) -> Iterator[tuple[str, list[Said] | str]]:
    """Each teacher's heading, and what it says about each batch, or why it says nothing.

    One network is in memory at a time.

    Args:
        plan: The study.
        teachers: Whom to ask.
        runs: Folder of all run folders.
        data: Whose batches these are: its tokens are those of the answers, whatever tokenizer a
            teacher has.
        batches: One row each, and which of its positions; a classifier's row is one position.
    """
    folders = Ledger(plan, runs).folders
    for teacher in teachers:
        label = f"{teacher.name} (placebo)" if teacher.placebo else teacher.name
        temperature = teacher.config.get("temperature", 1.0)
        label += "" if temperature == 1.0 else f" T={temperature:g}"
        yield label, _answers(teacher, label, folders[teacher.id], data, batches)


def _answers(
    teacher: Teacher,
    label: str,
    folder: Path,
    data: DataSet,
    batches: Sequence[tuple[Batch, slice]],
) -> list[Said] | str:
    """What a teacher says; where a source cannot be asked, why not: others may have answered."""
    try:
        source = _source(teacher, folder, data, [batch for batch, _ in batches])
        if isinstance(source, str):
            return source
        route = teacher.config.get("route")
        if route and "route" in batches[0][0]:  # other domains may have none
            from mtkd.trial.record import route_numbers  # takes seconds

            source = Routed(source, route_numbers(data, route, _at(teacher)))
        return [said(source, label, data.classes, *batch) for batch in batches]
    except (ConfigError, OSError) as error:
        if teacher.config.get("source") is None:
            raise
        return raised(error)


def _at(teacher: Teacher) -> str:
    return f"{'placebo' if teacher.placebo else 'teachers'}.{teacher.name}"


def _network(teacher: Teacher, folder: Path) -> nn.Module | str:
    """The teacher, or why it cannot be asked."""
    weights, node = folder / "model.safetensors", teacher.config
    trained = node.get("trainer") is not None
    if trained and not weights.exists():
        return f"not trained yet (no {weights})"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(node["seed"])
        model: nn.Module = instantiate(node["model"], f"config.{_at(teacher)}.model")
    if weights.exists():
        try:
            load_weights(model, weights)
        except ValueError as error:
            return str(error)
    return model


def _source(
    teacher: Teacher, folder: Path, data: DataSet, batches: Iterable[Batch]
) -> TeacherSource | str:
    """The teacher as a student hears it, at its temperature and over the student's tokens."""
    node, temperature = teacher.config, teacher.config.get("temperature", 1.0)
    source: TeacherSource
    if node.get("source") is not None:
        source = _recorded_or_asked(teacher, folder, data, batches)
    else:
        network = _network(teacher, folder)
        if isinstance(network, str):
            return network
        source = LiveTeacher(network, teacher.id, name=teacher.name)
    if node.get("align") is not None:
        from mtkd.trial.heard import changed

        return changed(source, node, data, _at(teacher))
    return source if temperature == 1.0 else Softened(source, temperature)


def _recorded_or_asked(
    teacher: Teacher, folder: Path, data: DataSet, batches: Iterable[Batch]
) -> TeacherSource:
    """What was recorded of a source; the source itself where that lacks one of the batches."""
    from mtkd.trial.sourced import made_source  # takes seconds, and most do not need it

    source = made_source(teacher.config, data, _at(teacher))
    if teacher.config.get("live") or not (folder / SIGNALS).exists():
        return source
    try:
        recorded = CachedTeacher.load(folder / SIGNALS, source.identity)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    ids = torch.cat([batch["example_id"] for batch in batches])
    return recorded if torch.isin(ids, recorded.example_id).all() else source
