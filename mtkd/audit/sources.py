"""Which models an audit is about: files, folders of trials, and models that are run."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtkd.audit.folders import of_trial
from mtkd.audit.tables import READERS
from mtkd.results.models import CLEAN, VALIDATION

ROLES = ("student", "teacher", "control", "placebo")
NAME = re.compile(r"[\w.+@-]+")
HUB = re.compile(r"\w[\w.-]*(/[\w.-]+)?(@[\w./-]+)?")
"""`owner/name` or `name`, and after @ a branch, tag or commit."""


@dataclass(frozen=True)
class Source:
    """One model.

    Attributes:
        role: One of `ROLES`.
        files: The file of each domain; "clean" is what was given if that is one file.
        network: Folder or hub name of a model that is run for its predictions, else "".
    """

    name: str
    role: str
    files: Mapping[str, Path]
    network: str = ""


def find_models(given: Iterable[tuple[str, str]], run: bool = False) -> list[Source]:
    """Models from `(role, "NAME=MODEL" or "MODEL")`; a teacher needs its name.

    Args:
        run: Whether models without predictions are taken, to be run.

    Raises:
        ValueError: Nothing lies there, a name is missing, not usable, or used twice.
    """
    found: list[Source] = []
    for role, text in given:
        name, model = _split(role, text)
        if name in [source.name for source in found]:
            raise ValueError(
                f"--{role} {text}: {name!r} is already the name of a model; give NAME=FILE with "
                "another name"
            )
        found.append(_source(name, role, model))
        if found[-1].network and not run:
            raise ValueError(
                f"--{role} {model} is no file or folder of predictions; a model is run by mtkd "
                "audit, which keeps its predictions in OUT/answers"
            )
    return found


def check_name(name: str, option: str) -> None:
    """Refuse what cannot be the name of a file.

    Raises:
        ValueError: It has other characters; `option` begins the sentence.
    """
    if not NAME.fullmatch(name) or name in (".", ".."):
        raise ValueError(
            f"{option}: {name!r} cannot be a file name; use letters, digits and . + - @ _"
        )


def _split(role: str, text: str) -> tuple[str, str]:
    name, equals, model = text.partition("=")
    if not equals or Path(text).exists():
        name, model = role, text
        if role == "teacher":
            raise ValueError(f"--teacher {text} has no name; write --teacher NAME={text}")
    check_name(name, f"--{role} {text}")
    return name, model


def _source(name: str, role: str, model: str) -> Source:
    path = Path(model)
    if path.is_file():
        return Source(name, role, {CLEAN: path})
    if path.is_dir() and (path / "config.json").is_file() and not (path / "predictions").is_dir():
        return Source(name, role, {}, model)
    if path.is_dir():
        return Source(name, role, of_trial(path))
    if HUB.fullmatch(model) and path.suffix.lower() not in READERS:
        return Source(name, role, {}, model)
    raise ValueError(
        f"--{role} {model} does not exist; give a file of predictions, the folder of a trial or "
        "of a model, or a Hugging Face name"
    )


def shared_domains(sources: Sequence[Source]) -> tuple[list[str], dict[str, list[str]]]:
    """Domains that every model has, clean first, without validation; and who has the others."""
    having: dict[str, list[str]] = {CLEAN: []}
    for source in sources:
        for domain in source.files:
            having.setdefault(domain, []).append(source.name)
    partly = {name: who for name, who in having.items() if len(who) < len(sources)}
    return [name for name in having if name not in partly and name != VALIDATION], partly
