"""What determines a result, and its hash: the identity of a trial or a teacher.

Equal results have equal ids however the config is written: defaults may be spelled out or
left out, keys come in any order, `2` is `2.0`, and settings that cannot matter do not count.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mtkd.config import complete
from mtkd.config.loading import PACKAGE
from mtkd.config.sources import split_target
from mtkd.config.targets import targets
from mtkd.study.imports import with_imports

Module = tuple[str, Path]
"""A dotted name, and the file it is defined in."""

UNIFORM = {"_target_": "mtkd.weighting.Uniform"}
UNUSED = {"loss": {"_target_": "mtkd.losses.ForwardKL"}, "weighting": UNIFORM}
"""Stand where nobody teaches, so that every trial has the same keys."""

STUDENT_KEYS = ("data", "student", "hard_share", "label_smoothing", "optimizer", "trainer", "seed")
SOFT_KEYS = ("loss", "weighting", "aggregation")
TEACHER_KEYS = (
    "model",
    "seed",
    "trainer",
    "optimizer",
    "relabel",
    "label_smoothing",
    "temperature",
)


def canonical(trial: Mapping[str, Any]) -> dict[str, Any]:
    """The trial without what cannot matter: this is what runs, so duplicates are one trial.

    Nobody teaches where only labels count, and the reverse. One teacher has weight 1 whatever
    the rule. The order of a committee is alphabetical.
    """
    alone = not trial["committee"] or trial["hard_share"] == 1
    committee = [] if alone else sorted(trial["committee"])
    kept: dict[str, Any] = {key: trial[key] for key in STUDENT_KEYS}
    kept |= {"committee": committee, "teachers": {k: trial["teachers"][k] for k in committee}}
    if not committee:
        return kept | UNUSED | {"aggregation": "distances", "hard_share": 1.0}
    kept |= {key: trial[key] for key in SOFT_KEYS}
    if trial["on_policy"] is not None:
        kept["on_policy"] = trial["on_policy"]
    if len(committee) == 1:
        kept |= {"weighting": UNIFORM, "aggregation": "distances"}
    return kept


def trial_id(trial: Mapping[str, Any], teacher_ids: Mapping[str, str], folder: Path) -> str:
    """Ten hexadecimal digits of what determines a canonical trial's student.

    Args:
        trial: From `canonical`.
        teacher_ids: `teacher_id` of every teacher, by name.
        folder: The study's folder: modules of its own count with their text.
    """
    nodes = {name: trial["teachers"][name] for name in trial["committee"]}
    # A route does not change a teacher, only who hears it.
    routes = {name: _routes(node["route"] or ()) for name, node in nodes.items()}
    ids = {name: f"{teacher_ids[name]}{routes[name] and ' to '}{routes[name]}" for name in nodes}
    return _digest({**trial, "teachers": ids}, folder, _neighbours)


def teacher_id(node: Mapping[str, Any], data: Mapping[str, Any], folder: Path) -> str:
    """Ten hexadecimal digits of what determines a teacher; its name does not."""
    kept = {key: node[key] for key in TEACHER_KEYS}
    # Recorded hidden states are rounded, so a live teacher does not say quite the same.
    kept |= {"live": True} if node["live"] else {}
    kept |= {key: node[key] for key in ("record", "align") if node[key]}
    kept |= {"source": node["source"]} if node["source"] else {}  # not how it is reached
    # Asking a source again may cost money, so its neighbours count only where they are imported.
    return _digest({"data": data, **kept}, folder, _imports if node["source"] else _neighbours)


def _routes(names: Iterable[str]) -> str:
    """The names in any order; a name that the joined text could not be told from is quoted."""
    listed = sorted(set(names))
    plain = not any("/" in name or name.startswith("[") for name in listed)
    return "/".join(listed) if plain else json.dumps(listed)


def _digest(
    content: Mapping[str, Any],
    folder: Path,
    own_texts: Callable[[Iterable[Module], Path], dict[str, str]],
) -> str:
    parts = {key: _normal(json.dumps(value), tuple(sys.path)) for key, value in content.items()}
    texts = {key: text for key, (text, _) in parts.items()}
    own = own_texts((one for _, modules in parts.values() for one in modules), folder)
    return hashlib.sha256(json.dumps([texts, own], sort_keys=True).encode()).hexdigest()[:10]


@cache
def _normal(text: str, search_path: tuple[str, ...]) -> tuple[str, frozenset[Module]]:
    """A value with all defaults in it, as text, and the modules its targets are defined in."""
    value = json.loads(text)
    specs = [split_target(node["_target_"])[0] for node, _ in targets(value)]
    normal = json.dumps(_numbers(complete(value)), sort_keys=True)
    return normal, frozenset((spec.name, Path(spec.origin)) for spec in specs if spec.origin)


def _numbers(value: Any) -> Any:
    """Whole numbers as integers: YAML's 2 and 2.0 mean the same to every constructor."""
    if isinstance(value, dict):
        return {str(key): _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_own(file: Path, folder: Path) -> bool:
    """Whether a module belongs to the study: in its folder, and not installed there."""
    installed = "site-packages" in file.parts or file.is_relative_to(PACKAGE)
    return file.is_relative_to(folder) and not installed


def _neighbours(modules: Iterable[Module], folder: Path) -> dict[str, str]:
    """Digests of own modules and of their neighbours, which they may import, by file name."""
    folders = {file.parent for _, file in modules if _is_own(file, folder)}
    together = sorted(file for folder in folders for file in folder.glob("*.py"))
    return {file.name: _text(file) for file in together}


def _imports(modules: Iterable[Module], folder: Path) -> dict[str, str]:
    """Digests of own modules and of what they import of the study, by path in its folder."""
    files = with_imports(modules, lambda file: _is_own(file, folder))
    return {file.relative_to(folder).as_posix(): _text(file) for file in files}


def _text(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
