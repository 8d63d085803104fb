"""Where the models of an audit lie: files, folders of trials, and one file for each domain."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtkd.audit.tables import READERS
from mtkd.results.models import CLEAN, VALIDATION

ROLES = ("student", "teacher", "control", "placebo")
NAME = re.compile(r"[\w.+@-]+")


@dataclass(frozen=True)
class Source:
    """One model.

    Attributes:
        role: One of `ROLES`.
        files: The file of each domain; "clean" is what was given if that is one file.
    """

    name: str
    role: str
    files: Mapping[str, Path]


def find_models(given: Iterable[tuple[str, str]]) -> list[Source]:
    """Models from `(role, "NAME=FILE" or "FILE")`; a teacher needs its name.

    Raises:
        ValueError: Nothing lies there, a name is missing, not usable, or used twice.
    """
    found: list[Source] = []
    for role, text in given:
        name, path = _split(role, text)
        if name in [source.name for source in found]:
            raise ValueError(
                f"--{role} {text}: {name!r} is already the name of a model; give NAME=FILE with "
                "another name"
            )
        found.append(Source(name, role, _files(role, path)))
    return found


def with_domain(sources: Sequence[Source], domain: str, folder: Path) -> list[Source]:
    """The same models with a domain more: `folder` holds a file named like each of them.

    Raises:
        ValueError: A model has no file there, several, or has that domain already.
    """
    if not NAME.fullmatch(domain):
        raise ValueError(f"--domain {domain}={folder}: {_unusable(domain)}")
    for source in sources:
        if domain in source.files:
            raise ValueError(
                f"{source.name} has predictions on {domain} in {source.files[domain]} and is given "
                f"others in {folder}; call the domain of {folder} something else"
            )
    return [
        replace(source, files={**source.files, domain: _in_folder(folder, source.name)})
        for source in sources
    ]


def _split(role: str, text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals or Path(text).exists():
        name, path = role, text
        if role == "teacher":
            raise ValueError(f"--teacher {text} has no name; write --teacher NAME={text}")
    if not NAME.fullmatch(name):
        raise ValueError(f"--{role} {text}: {_unusable(name)}")
    return name, Path(path)


def _unusable(name: str) -> str:
    return f"{name!r} cannot be a file name; use letters, digits and . + - @ _"


def _files(role: str, path: Path) -> dict[str, Path]:
    if path.is_file():
        return {CLEAN: path}
    if path.is_dir():
        return _of_trial(path)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", str(path)) and path.suffix.lower() not in READERS:
        raise ValueError(
            f"--{role} {path} is no file or folder; a model by its Hugging Face name cannot be "
            "audited yet: run it, and give a file of its predictions (CSV, Parquet or npz)"
        )
    raise ValueError(
        f"--{role} {path} does not exist; give a file of predictions, or the folder of a trial"
    )


def _of_trial(folder: Path) -> dict[str, Path]:
    """Domains of a saved trial or teacher, by the names of its files."""
    stored = folder / "predictions"
    files: dict[str, Path] = {}
    for path in sorted(stored.glob("*")):
        if path.suffix.lower() in READERS and not path.name.startswith("."):
            if path.stem in files:
                raise ValueError(
                    f"{stored} holds {files[path.stem].name} and {path.name}; keep one"
                )
            files[path.stem] = path
    if CLEAN not in files:
        raise ValueError(
            f"{folder} holds no predictions/{CLEAN}.npz; give the folder of a finished trial, like "
            "runs/<study>/trials/<trial>, or a file"
        )
    return files


def _in_folder(folder: Path, name: str) -> Path:
    found = [path for suffix in READERS if (path := folder / f"{name}{suffix}").is_file()]
    if len(found) != 1:
        raise ValueError(
            f"{folder} holds {' and '.join(path.name for path in found) or f'no file of {name}'}, "
            f"expected one of {', '.join(name + suffix for suffix in READERS)}"
        )
    return found[0]


def shared_domains(sources: Sequence[Source]) -> tuple[list[str], dict[str, list[str]]]:
    """Domains that every model has, clean first, without validation; and who has the others."""
    having: dict[str, list[str]] = {CLEAN: []}
    for source in sources:
        for domain in source.files:
            having.setdefault(domain, []).append(source.name)
    partly = {name: who for name, who in having.items() if len(who) < len(sources)}
    return [name for name in having if name not in partly and name != VALIDATION], partly
