"""A finished, or half finished, run folder as it describes itself in `study.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtkd.files import read_json
from mtkd.results.shape import AGAIN, checked

VERSION = 1


@dataclass(frozen=True)
class Domain:
    """A named evaluation set; `kind` is clean, shift or ood (whose items have no valid label)."""

    name: str
    kind: str
    shift: str | None = None
    severity: int | None = None


@dataclass(frozen=True)
class Teacher:
    """A teacher, or the placebo that never taught."""

    name: str
    id: str
    folder: Path
    placebo: bool


@dataclass(frozen=True)
class Trial:
    """One trained student in one role; `cell` maps axis to label, `seed` is what it pairs by."""

    id: str
    name: str
    folder: Path
    role: str
    control: str | None
    cell: Mapping[str, str]
    seed: int
    committee: tuple[str, ...]
    state: str
    error: str | None


@dataclass(frozen=True)
class Study:
    """What was asked and what was trained for it.

    `validated`: models have predictions on validation items; else temperatures are fitted on the
    clean ones. `notes`: what a reader of the numbers must know, by name. `file`: the YAML it was
    run from, if prices lay beside it then.
    """

    folder: Path
    name: str
    question: str
    endpoint: str
    tau: float
    domains: tuple[Domain, ...]
    teachers: tuple[Teacher, ...]
    trials: tuple[Trial, ...]
    expectations: tuple[Mapping[str, Any], ...]
    formula: Mapping[str, str]
    validated: bool = True
    notes: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None

    @property
    def teaching(self) -> tuple[Teacher, ...]:
        """The teachers without the placebo, in order."""
        return tuple(teacher for teacher in self.teachers if not teacher.placebo)

    @property
    def placebo(self) -> Teacher | None:
        """The teacher that never taught, if the study has one."""
        return next((teacher for teacher in self.teachers if teacher.placebo), None)


def read_study(folder: Path | str) -> Study:
    """The index of a run folder.

    Raises:
        ValueError: There is no readable `study.json`, or another version of mtkd wrote it.
    """
    folder = Path(folder)
    index = folder / "study.json"
    if not index.is_file():
        raise ValueError(
            f"{folder} holds no study.json, so it is not the folder of a run; "
            "give a folder like runs/<study>, or run the study first"
        )
    raw = read_json(index)
    version = raw.get("version") if isinstance(raw, dict) else None
    if version is None or (version == VERSION and not raw.get("trials")):
        what = "names no format version" if version is None else "lists no trials"
        raise ValueError(f"{index} is damaged (it {what}); {AGAIN}")
    if version != VERSION:
        raise ValueError(
            f"{index} has format version {version}, this mtkd reads version {VERSION}; "
            "run the study again with this mtkd, or read it with the one that wrote it"
        )
    return checked(_study(folder, raw))


def _study(folder: Path, raw: Mapping[str, Any]) -> Study:
    try:
        return Study(
            folder=folder,
            name=raw["name"],
            question=raw["question"],
            endpoint=raw["endpoint"],
            tau=float(raw["tau"]),
            domains=tuple(Domain(**domain) for domain in raw["domains"]),
            teachers=tuple(
                Teacher(name, node["id"], folder / node["folder"], node["placebo"])
                for name, node in raw["teachers"].items()
            ),
            trials=tuple(_trial(folder, node) for node in raw["trials"]),
            expectations=tuple(raw["expectations"] or ()),
            formula=raw.get("formula") or {},
            validated=raw.get("validated", True),
            notes=raw.get("notes") or {},
            file=folder / raw["file"] if raw.get("file") else None,
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ValueError(f"{folder / 'study.json'} is not complete ({error!r}); {AGAIN}") from None


def _trial(folder: Path, node: Mapping[str, Any]) -> Trial:
    return Trial(
        id=node["id"],
        name=node["name"],
        folder=folder / node["folder"],
        role=node["role"],
        control=node["control"],
        cell={axis: _label(value) for axis, value in (node["cell"] or {}).items()},
        seed=node["seed"],
        committee=tuple(node["committee"]),
        state=node["state"],
        error=node["error"],
    )


def _label(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
