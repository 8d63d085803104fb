"""What the controls of a study are: the same student, taught by nobody or by everybody alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from mtkd.config import ConfigError
from mtkd.study.identity import UNIFORM

OTHER_SEED = 1000
"""Added to the seed of the control that differs from `labels_only` in nothing else."""

SMOOTHING = 0.1
LABELS_ONLY = {"committee": [], "hard_share": 1.0, "label_smoothing": 0.0}


def named_controls(study: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """Every control by name: None for a known one, else what it changes in `labels_only`.

    Raises:
        ConfigError: Two have one name.
    """
    found: dict[str, dict[str, Any] | None] = {}
    for control in study["controls"]:
        for name, changes in (control if isinstance(control, dict) else {control: None}).items():
            if str(name) in found:
                raise ConfigError(
                    f"config.controls names {name} twice; give one another name, or leave it out"
                )
            found[str(name)] = changes
    return found


def changes_of(control: str, study: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """What a control changes in the study, once for every trial it has at each seed.

    Args:
        control: A name in `named_controls`.
        study: The study; its own loss, shares and student stay.

    Returns:
        Values by key, dotted for a part of a node.

    Raises:
        ConfigError: There is no teacher to leave out.
    """
    own = named_controls(study)[control]
    if own is not None:
        return [LABELS_ONLY | own]
    if control == "uniform":
        return [{"committee": None, "weighting": UNIFORM}]
    if control == "best_single_teacher":
        return [{"committee": [name], "weighting": UNIFORM} for name in study["teachers"]]
    if control == "leave_one_out":
        return [{"committee": members} for members in removals(study)]
    smoothing = SMOOTHING if control == "label_smoothing" else 0.0
    return [LABELS_ONLY | {"label_smoothing": smoothing}]


def removals(study: Mapping[str, Any]) -> list[list[str]]:
    """The study's committee, then the same without each of its teachers in turn.

    Raises:
        ConfigError: Fewer than two teachers teach.
    """
    everyone = list(study["teachers"]) if study["committee"] is None else study["committee"]
    why = f"the committee is {', '.join(everyone) or 'empty'}"
    if study["hard_share"] == 1:
        why = "config.hard_share is 1"
    elif len(everyone) > 1:
        return [list(everyone), *([n for n in everyone if n != gone] for gone in everyone)]
    raise ConfigError(
        "config.controls: leave_one_out trains the committee without each of its teachers, so at "
        f"least two must teach, but {why}; add a teacher or drop the control"
    )


def trained_seed(control: str | None, seed: int) -> int:
    """The seed a trial is trained with; it is paired by `seed`."""
    return seed + OTHER_SEED if control == "other_seed" else seed
