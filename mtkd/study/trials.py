"""The trials of a study: the cells of its grid and the controls they are compared with."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError, check, nearest, set_path
from mtkd.study.cells import labels_of, root_of, words_of
from mtkd.study.controls import changes_of, named_controls, trained_seed
from mtkd.study.grid import Point, apply_point, expand_grid
from mtkd.study.identity import canonical, trial_id
from mtkd.study.schema import check_objective

SHARED_AXES = ("student", "optimizer", "trainer", "seed")
"""Axes on which a control follows the cells it is compared with."""

NODES = ("data", "student", "loss", "weighting", "optimizer")
"""Keys of a trial whose value is a call."""

CHECKED = (*NODES, "on_policy", "aggregation", "hard_share", "label_smoothing", "trainer")


@dataclass(frozen=True)
class Trial:
    """One student in one role; trials with one id share one training run.

    Attributes:
        id: Identity of the result.
        name: What differs, for people: labels of the cell and the seed.
        config: Canonical config, see `mtkd.study.identity.canonical`.
        control: Name of the control, None for a cell of the grid.
        cell: Label of `loss`, `weighting`, `committee` (`none` where nobody teaches) and of
            every other axis but the seed.
        seed: What it is paired by; `other_seed` trains with another one.
    """

    id: str
    name: str
    config: dict[str, Any]
    control: str | None
    cell: dict[str, str]
    seed: int

    @property
    def cell_name(self) -> str:
        """The name without the seed."""
        return self.name.rpartition("-")[0]


def all_trials(
    study: Mapping[str, Any], teacher_ids: Mapping[str, str], folder: Path
) -> list[Trial]:
    """Cells in the order of the grid, then controls in the order listed, each role once.

    Args:
        study: A checked study.
        teacher_ids: Identity of every teacher, by name.
        folder: The study's folder, whose modules count with their text.

    Raises:
        ConfigError: A trial cannot be meant so, or two different ones have one name.
    """
    checked: set[str] = set()

    def make(point: Point, changes: Mapping[str, Any], control: str | None) -> Trial:
        config = apply_point(study, point)
        for key, value in changes.items():
            config = set_path(config, key.split("."), value)
        config["committee"] = _members(study, config["committee"])
        text = json.dumps({key: config[key] for key in CHECKED})
        if text not in checked:
            check_objective(config)
            nodes = [*NODES, *(["on_policy"] if config["on_policy"] else [])]
            check({key: config[key] for key in nodes}, importing=False)
            checked.add(text)
        seed = config["seed"]
        trial = canonical(config | {"seed": trained_seed(control, seed)})
        cell = labels_of(config, point, trial)
        name = "-".join([*([control] if control else []), *words_of(cell), f"seed{seed}"])
        identity = trial_id(trial, teacher_ids, folder)
        return Trial(identity, name, trial, control, cell, seed)

    _members(study, study["committee"])
    points = expand_grid(study)
    trials = [make(point, {}, None) for point in points]
    # Points that agree on the shared axes have the same controls.
    shared = {json.dumps(point): point for point in map(_only_shared, points)}
    for control in named_controls(study):
        for changes in changes_of(control, study):
            trials += [make(point, changes, control) for point in shared.values()]
    roles: dict[Any, Trial] = {}
    for trial in trials:
        key = (trial.id, trial.control, trial.seed, *sorted(trial.cell.items()))
        roles.setdefault(key, trial)
    _refuse_one_name(roles.values(), teacher_ids, folder)
    return list(roles.values())


def _refuse_one_name(trials: Iterable[Trial], teacher_ids: Mapping[str, str], folder: Path) -> None:
    """Stop where different students would be averaged as one: a report gathers by labels."""
    named: dict[Any, Trial] = {}
    for trial in trials:
        first = named.setdefault((trial.control, *sorted(trial.cell.items())), trial)
        alike = trial.config | {"seed": first.config["seed"]}
        if alike != first.config and trial_id(alike, teacher_ids, folder) != first.id:
            differs = [key for key in alike if alike[key] != first.config.get(key)]
            raise ConfigError(
                f"config.grid has different trials that are all called {trial.cell_name}; they "
                f"differ in {', '.join(differs) or 'on_policy'}: name values with {{label: value}}"
            )


def _members(study: Mapping[str, Any], committee: Any) -> list[str]:
    """A committee in the order the study declares its teachers; None is all of them."""
    teachers, placebo = study["teachers"], study["placebo"] or {}
    members = list(teachers) if committee is None else committee
    members = [members] if isinstance(members, str) else members
    if not isinstance(members, list):
        raise ConfigError(f"config.committee must be a list of teachers, got {committee!r}")
    for name in members:
        if name in placebo:
            raise ConfigError(f"config.committee names the placebo {name!r}, which must not teach")
        if name not in teachers:
            hint = nearest(str(name), teachers) or "."
            known = ", ".join(teachers) or "none"
            raise ConfigError(f"config.committee names {name!r}{hint} Teachers: {known}.")
    return [name for name in teachers if name in members]


def _only_shared(point: Point) -> Point:
    return {axis: point[axis] for axis in point if root_of(axis) in SHARED_AXES}
