"""A run folder made of models that were not trained here, as the report reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtkd.audit.by_token import Stored
from mtkd.audit.notes import absences
from mtkd.audit.origins import Digests, digests, listing
from mtkd.audit.sources import Source
from mtkd.files import FORMAT, write_json, write_text
from mtkd.manifests import AUDIT
from mtkd.results.models import CLEAN, VALIDATION

INDEX = "study.json"
STATISTIC = "dd_ceir"
"""The declared endpoint; the report takes the plain excess where there is no placebo."""


@dataclass(frozen=True)
class Audit:
    """What is laid out.

    Attributes:
        said: By domain, then by model; "validation" is among them if every model has it.
        partly: Domains that only some models have, and which; they are left out.
        tau: Confidence from which an answer counts as confident.
        mapping: A sentence for each model whose classes were mapped to ours.
        cut: A sentence for each model that read only the beginning of some texts.
    """

    question: str
    tau: float
    models: Sequence[Source]
    said: Mapping[str, Mapping[str, Stored]]
    partly: Mapping[str, Sequence[str]]
    mapping: Mapping[str, str] = field(default_factory=dict)
    cut: Mapping[str, str] = field(default_factory=dict)

    def of(self, *roles: str) -> list[Source]:
        """The models in these roles, in the order given."""
        return [source for source in self.models if source.role in roles]

    @property
    def notes(self) -> dict[str, str]:
        """What the page must say first, by name."""
        roles = [model.role for model in self.models]
        return {
            **absences(roles, VALIDATION in self.said, self.partly),
            **{f"classes of {name}": text for name, text in self.mapping.items()},
            **{f"texts of {name}": text for name, text in self.cut.items()},
        }


def check_free(folder: Path) -> None:
    """Refuse a folder that an audit would bury something in.

    Raises:
        ValueError: It holds a study that was trained.
    """
    if (folder / INDEX).exists() and not (folder / AUDIT).exists():
        raise ValueError(f"{folder} is the folder of a study; give another one with --out")


def lay_out(audit: Audit, folder: Path) -> None:
    """Write `study.json`, `audit.json` and the predictions of every model.

    Raises:
        ValueError: See `check_free`.
    """
    check_free(folder)
    files = {source.name: digests(source, audit.said) for source in audit.models}
    write_json(folder / AUDIT, {"version": FORMAT, "files": files})
    for source in audit.models:
        home = folder / _home(source)
        for domain, models in audit.said.items():
            models[source.name].save(home / "predictions" / f"{domain}.npz")
        write_json(home / "manifest.json", {"data": _sizes(audit, files[source.name])})
        write_text(home / "config.yaml", listing(files))
    write_json(folder / INDEX, _index(audit, folder.resolve().name))


def _index(audit: Audit, name: str) -> dict[str, Any]:
    students = audit.of("student", "control")
    return {
        "version": FORMAT,
        "name": name,
        "question": audit.question,
        "endpoint": STATISTIC,
        "tau": audit.tau,
        "domains": [_domain(*pair) for pair in audit.said.items() if pair[0] != VALIDATION],
        "teachers": {
            source.name: {
                "folder": _home(source),
                "placebo": source.role == "placebo",
                "id": source.name,
            }
            for source in audit.of("teacher", "placebo")
        },
        "trials": [_trial(audit, source) for source in students],
        "expectations": [],
        "formula": {source.name: _formula(source) for source in students},
        "validated": VALIDATION in audit.said,
        "notes": audit.notes,
    }


def _trial(audit: Audit, source: Source) -> dict[str, Any]:
    is_student = source.role == "student"
    return {
        "id": source.name,
        "name": f"{source.name}-0",
        "folder": _home(source),
        "role": "cell" if is_student else "control",
        "control": None if is_student else "labels_only",
        "cell": {"student": source.name} if is_student else {},
        "seed": 0,
        "committee": [one.name for one in audit.of("teacher")] if is_student else [],
        "state": "done",
        "error": None,
    }


def _formula(source: Source) -> str:
    what = f"{source.network}, asked here" if source.network else "read"
    return f"not trained here: {what}, from {source.files[CLEAN]}"


def _domain(name: str, models: Mapping[str, Stored]) -> dict[str, Any]:
    """`gaussian_noise@3` is that shift at that severity; without any label it is out of scope."""
    if name == CLEAN:
        return {"name": name, "kind": "clean", "shift": None, "severity": None}
    if (next(iter(models.values())).labels < 0).all():
        return {"name": name, "kind": "ood", "shift": None, "severity": None}
    shift, _, severity = name.rpartition("@")
    known = shift and severity.isdecimal()
    shift, strength = (shift, int(severity)) if known else (name, None)
    return {"name": name, "kind": "shift", "shift": shift, "severity": strength}


def _home(source: Source) -> str:
    parent = "teachers" if source.role in ("teacher", "placebo") else "trials"
    return f"{parent}/{source.name}"


def _sizes(audit: Audit, files: Digests) -> dict[str, Any]:
    return {
        domain: {"items": len(next(iter(audit.said[domain].values()))), "sha256": one["sha256"]}
        for domain, one in files.items()
    }
