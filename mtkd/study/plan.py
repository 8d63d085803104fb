"""Everything a study will run, worked out before anything is imported or trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkd.config import check, find_study, load, search_beside
from mtkd.study.domains import expand_domains
from mtkd.study.identity import teacher_id
from mtkd.study.schema import check_study
from mtkd.study.sense import check_endpoint, check_expectations, check_overrides, warnings
from mtkd.study.trials import NODES, Trial, all_trials


@dataclass(frozen=True)
class Teacher:
    """A teacher to be trained, or the placebo."""

    id: str
    name: str
    config: dict[str, Any]
    placebo: bool


@dataclass(frozen=True)
class Plan:
    """A study with its grid worked out.

    Attributes:
        name: The study's folder, or the stem of its file.
        file: Its YAML file.
        config: The resolved study, optional keys filled in.
        domains: See `mtkd.study.domains.expand_domains`.
        teachers: Teachers and placebo, by name.
        trials: Every role of every trial; several may share an id.
        warnings: What a reader should know before spending the time, a sentence each.
    """

    name: str
    file: Path
    config: dict[str, Any]
    domains: list[dict[str, Any]]
    teachers: dict[str, Teacher]
    trials: list[Trial]
    warnings: list[str]

    @property
    def runs(self) -> dict[str, Trial]:
        """One trial for each id: what is trained, named after its first role."""
        first: dict[str, Trial] = {}
        for trial in self.trials:
            first.setdefault(trial.id, trial)
        return first


def make_plan(path: Path | str, overrides: Sequence[str] = ()) -> Plan:
    """Load a study, check all that can be checked without importing, and expand its grid.

    Args:
        path: See `mtkd.config.find_study`.
        overrides: See `mtkd.config.load`.

    Raises:
        ConfigError: The first thing that cannot be meant so.
    """
    file = find_study(path)
    search_beside(file)
    config = check_study(load(file, overrides))
    check_overrides(config, overrides)
    for key in (*NODES, "teachers", "placebo"):
        check(config[key], f"config.{key}", importing=False)
    teachers = _teachers(config, file.parent)
    ids = {name: teacher.id for name, teacher in teachers.items()}
    trials = all_trials(config, ids, file.parent)
    domains = expand_domains(config["domains"])
    check_endpoint(config)
    check_expectations(config, trials, [domain["name"] for domain in domains])
    name = file.parent.name if file.name == "study.yaml" else file.stem
    return Plan(name, file, config, domains, teachers, trials, warnings(trials))


def _teachers(config: Mapping[str, Any], folder: Path) -> dict[str, Teacher]:
    placebo = config["placebo"] or {}
    nodes = config["teachers"] | placebo
    return {
        name: Teacher(teacher_id(node, config["data"], folder), name, node, name in placebo)
        for name, node in nodes.items()
    }
