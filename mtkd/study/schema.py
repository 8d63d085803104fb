"""Whether a study file says something that can be meant, before anything is built."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtkd.config import ConfigError, nearest
from mtkd.config.arguments import check_type
from mtkd.study.keys import (
    AGGREGATIONS,
    CHANGEABLE,
    CONTROLS,
    MODES,
    OPTIONAL,
    STUDY,
    WANDB,
    check_keys,
)
from mtkd.study.missing import check_complete
from mtkd.study.teacher_nodes import check_placebo, check_teacher
from mtkd.study.trainers import check_schedule, check_trainer


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
    check_trainer(study["trainer"], "config.trainer")
    if study["log_every"] < 1:
        raise ConfigError(f"config.log_every must be at least 1 step, got {study['log_every']}")
    for index, control in enumerate(study["controls"]):
        _check_control(control, f"config.controls.{index}")
    if not 0 < study["tau"] < 1:
        raise ConfigError(f"config.tau must lie strictly between 0 and 1, got {study['tau']}")
    for index, product in enumerate(study["grid"] if isinstance(study["grid"], list) else []):
        check_type(product, "dict", f"config.grid.{index}")
    teachers = study["teachers"].items()
    study["teachers"] = {
        name: check_teacher(node, f"config.teachers.{name}") for name, node in teachers if node
    }
    study["placebo"] = check_placebo(study["placebo"], study["teachers"])
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
    check_trainer(trial["trainer"], f"{at}.trainer")
    check_schedule(trial, at)


def _check_control(control: Any, at: str) -> None:
    """A name that is known, or one of the user's with what it changes in labels_only."""
    if not isinstance(control, dict):
        _check_one_of(control, CONTROLS, at)
        return
    for name, changes in control.items():
        if name in CONTROLS:
            raise ConfigError(f"{at}: {name} is a control that exists; give yours another name")
        if (
            not isinstance(changes, dict)
            or {str(key).split(".")[0] for key in changes} - CHANGEABLE
        ):
            raise ConfigError(
                f"{at}.{name} must say what it changes in labels_only, like "
                f"{{trainer.max_steps: 900}}; it may change {', '.join(sorted(CHANGEABLE))}, "
                f"got {changes!r}"
            )


def _check_one_of(value: Any, known: Sequence[str], at: str) -> None:
    if value not in known:
        hint = nearest(str(value), known)
        raise ConfigError(f"{at} must be one of {', '.join(known)}; got {value!r}{hint}")
