"""Whether a teacher's node says something that can be meant: a network, or a source."""

from collections.abc import Mapping
from typing import Any

from mtkd.config import ConfigError
from mtkd.study.keys import OF_MODELS, RECORD, TEACHER, TEACHER_OPTIONAL, check_keys
from mtkd.study.trainers import check_schedule, check_trainer


def check_teacher(node: Any, at: str) -> dict[str, Any]:
    """The node with every optional key present.

    Raises:
        ConfigError: A key nobody knows, one that is missing, or keys that exclude each other.
    """
    check_keys(node, TEACHER, at)
    node = _check_origin(node, at)
    teacher = TEACHER_OPTIONAL | node | {"relabel": node.get("relabel") or None}
    # Data give their routes as text, and YAML reads 1 as a number.
    teacher["route"] = [str(name) for name in teacher["route"] or ()] or None
    if teacher["trainer"] is not None:
        check_trainer(teacher["trainer"], f"{at}.trainer")
        check_schedule(teacher, at)
    if (teacher["trainer"] is None) != (teacher["optimizer"] is None):
        raise ConfigError(
            f"{at} needs trainer and optimizer to be trained, or neither to be used as it is"
        )
    if teacher["align"] and (teacher["trainer"] is not None or not teacher["live"]):
        raise ConfigError(
            f"{at}.align is for a teacher with a tokenizer of its own, which this data cannot "
            "train or record; leave out trainer and optimizer, and set live: true"
        )
    if teacher["record"]:
        check_keys(teacher["record"], RECORD, f"{at}.record")
        if teacher["live"]:
            raise ConfigError(
                f"{at}.record says what is recorded of it, but live: true that nothing is; leave "
                "out one of them"
            )
    if teacher["temperature"] <= 0:
        raise ConfigError(f"{at}.temperature must be positive, got {teacher['temperature']}")
    if not 0 <= teacher["label_smoothing"] < 1:
        got = teacher["label_smoothing"]
        raise ConfigError(f"{at}.label_smoothing must be within [0, 1), got {got}")
    return teacher


def _check_origin(node: Mapping[str, Any], at: str) -> dict[str, Any]:
    """A network with a seed, or a source, which has none of a network's keys."""
    if not node.get("source"):
        given = {key: value for key, value in node.items() if value is not None}
        check_keys(given, TEACHER, at, required=("model", "seed"))
        if node.get("access"):
            raise ConfigError(f"{at}.access says how a `source` is reached; a `model` has none")
        return dict(node)
    odd = [key for key in ("model", *OF_MODELS) if node.get(key)]
    if odd:
        raise ConfigError(
            f"{at} has a source and {', '.join(odd)}, which only a `model` of the study has; "
            f"leave {'it' if len(odd) == 1 else 'them'} out"
        )
    if node.get("access") and not node["source"].get("_partial_"):
        raise ConfigError(
            f"{at}.access holds arguments that the study adds to those of the source; set "
            "source._partial_: true"
        )
    return {"seed": 0, **node}


def check_placebo(node: Any, teachers: Mapping[str, Any]) -> dict[str, Any] | None:
    """The placebo by its name, as `check_teacher` gives it; None if there is none.

    Raises:
        ConfigError: More than one node, a teacher's name, or a node that cannot be meant.
    """
    if not node:
        return None
    if len(node) != 1 or set(node) & set(teachers):
        raise ConfigError(
            "config.placebo must hold one node under a name that no teacher has, "
            f"got {', '.join(node)}"
        )
    return {name: check_teacher(inner, f"config.placebo.{name}") for name, inner in node.items()}
