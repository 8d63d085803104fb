"""Whether a study file says something that can be meant, before anything is built."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mtkd.config import ConfigError, check, nearest
from mtkd.config.arguments import check_type, listed
from mtkd.config.signatures import read_signature
from mtkd.study.keys import (
    AGGREGATIONS,
    CHANGEABLE,
    CONTROLS,
    MODES,
    OPTIONAL,
    STUDY,
    TEACHER,
    TEACHER_OPTIONAL,
    TRAINER,
    WANDB,
)
from mtkd.study.missing import check_complete
from mtkd.study.processes import processes


def check_study(config: Mapping[str, Any]) -> dict[str, Any]:
    """The study with every optional key present, or one sentence about what is wrong with it.

    Raises:
        ConfigError: A key nobody knows, one that is missing, a value of the wrong kind or
            outside its range.
    """
    study = OPTIONAL | dict(config)
    check_keys(study, STUDY, "config")
    check_complete(study)
    check_keys(study["wandb"], WANDB, "config.wandb", ("mode",))
    _check_one_of(study["wandb"]["mode"], MODES, "config.wandb.mode")
    _check_trainer(study["trainer"], "config.trainer")
    for index, control in enumerate(study["controls"]):
        _check_control(control, f"config.controls.{index}")
    if not 0 < study["tau"] < 1:
        raise ConfigError(f"config.tau must lie strictly between 0 and 1, got {study['tau']}")
    for index, product in enumerate(study["grid"] if isinstance(study["grid"], list) else []):
        check_type(product, "dict", f"config.grid.{index}")
    teachers = study["teachers"].items()
    study["teachers"] = {
        name: _teacher(node, f"config.teachers.{name}") for name, node in teachers if node
    }
    study["placebo"] = _placebo(study["placebo"], study["teachers"])
    return study


def check_objective(trial: Mapping[str, Any], at: str = "config") -> None:
    """Shares and the aggregation of one trial, after the grid has set them.

    Raises:
        ConfigError: One is outside its range or unknown.
    """
    _check_one_of(trial["aggregation"], AGGREGATIONS, f"{at}.aggregation")
    for key, below_one in (("hard_share", False), ("label_smoothing", True)):
        value = trial[key]
        check_type(value, "float", f"{at}.{key}")
        if not 0 <= value <= 1 or (below_one and value == 1):
            interval = "[0, 1)" if below_one else "[0, 1]"
            raise ConfigError(f"{at}.{key} must be within {interval}, got {value}")
    _check_trainer(trial["trainer"], f"{at}.trainer")


def check_keys(node: Any, known: Mapping[str, str], at: str, required: Iterable[str] = ()) -> None:
    """Fail if a mapping holds a key that is not known, lacks one, or holds the wrong kind.

    Raises:
        ConfigError: The config path, what is wrong, and the nearest name.
    """
    check_type(node, "dict", at)
    for key, value in node.items():
        if key not in known:
            hint = nearest(key, known) or "."
            raise ConfigError(f"{at} has no key {key!r}{hint}{listed('It has', known)}")
        check_type(value, known[key], f"{at}.{key}")
    for key in required:
        if key not in node:
            raise ConfigError(f"{at} lacks {key!r}")


def _check_trainer(node: Any, at: str) -> None:
    check_type(node, "dict", at)
    for key in ("max_epochs", "batch_size"):
        if key not in node and not (key == "max_epochs" and "max_steps" in node):
            raise ConfigError(f"{at} lacks {key!r}")
    known = dict(TRAINER)
    signature = read_signature("pytorch_lightning.Trainer")
    if signature is not None:
        known |= {name: str(p.annotation) for name, p in signature.parameters.items()}
    check_keys(node, known, at)
    processes(node, at)
    check(node, at, importing=False)
    for key in ("max_epochs", "max_steps", "batch_size", "chunk", "accumulate_grad_batches"):
        # With max_steps there may be no limit on epochs, which Lightning writes -1 or null.
        unlimited = key == "max_epochs" and "max_steps" in node and node.get(key) in (None, -1)
        if not unlimited and not node.get(key, 1) >= 1:
            raise ConfigError(f"{at}.{key} must be at least 1, got {node[key]}")


def _teacher(node: Any, at: str) -> dict[str, Any]:
    check_keys(node, TEACHER, at, required=("model", "seed"))
    teacher = TEACHER_OPTIONAL | node | {"relabel": node.get("relabel") or None}
    if teacher["trainer"] is not None:
        _check_trainer(teacher["trainer"], f"{at}.trainer")
    if (teacher["trainer"] is None) != (teacher["optimizer"] is None):
        raise ConfigError(
            f"{at} needs trainer and optimizer to be trained, or neither to be used as it is"
        )
    if teacher["align"] and (teacher["trainer"] is not None or not teacher["live"]):
        raise ConfigError(
            f"{at}.align is for a teacher with a tokenizer of its own, which this data cannot "
            "train or record; leave out trainer and optimizer, and set live: true"
        )
    if teacher["temperature"] <= 0:
        raise ConfigError(f"{at}.temperature must be positive, got {teacher['temperature']}")
    if not 0 <= teacher["label_smoothing"] < 1:
        got = teacher["label_smoothing"]
        raise ConfigError(f"{at}.label_smoothing must be within [0, 1), got {got}")
    return teacher


def _placebo(node: Any, teachers: Mapping[str, Any]) -> dict[str, Any] | None:
    if not node:
        return None
    if len(node) != 1 or set(node) & set(teachers):
        raise ConfigError(
            "config.placebo must hold one node under a name that no teacher has, "
            f"got {', '.join(node)}"
        )
    return {name: _teacher(inner, f"config.placebo.{name}") for name, inner in node.items()}


def _check_control(control: Any, at: str) -> None:
    """A name that is known, or one of the user's with what it changes in labels_only."""
    if not isinstance(control, dict):
        _check_one_of(control, CONTROLS, at)
        return
    for name, changes in control.items():
        if name in CONTROLS:
            raise ConfigError(f"{at}: {name} is a control that exists; give yours another name")
        if not isinstance(changes, dict) or {key.split(".")[0] for key in changes} - CHANGEABLE:
            raise ConfigError(
                f"{at}.{name} must say what it changes in labels_only, like "
                f"{{trainer.max_steps: 900}}; it may change {', '.join(sorted(CHANGEABLE))}, "
                f"got {changes!r}"
            )


def _check_one_of(value: Any, known: Sequence[str], at: str) -> None:
    if value not in known:
        hint = nearest(str(value), known)
        raise ConfigError(f"{at} must be one of {', '.join(known)}; got {value!r}{hint}")
