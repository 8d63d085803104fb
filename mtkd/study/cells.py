"""The labels of a trial: what a report gathers by, and what a trial is called after."""

from collections.abc import Mapping
from typing import Any

from mtkd.study.grid import Point, label_of
from mtkd.study.identity import SOFT_KEYS


def labels_of(config: Mapping[str, Any], point: Point, trial: Mapping[str, Any]) -> dict[str, str]:
    """Labels of a trial; what the canonical config dropped is `none`."""
    cell = {"loss": label_of(config["loss"]), "weighting": label_of(config["weighting"])}
    cell["committee"] = label_of(config["committee"])
    for axis, (label, value) in point.items():
        if axis != "seed" and not (axis == "committee" and label == label_of(value)):
            cell[axis] = label
    if not trial["committee"]:
        dropped = (*SOFT_KEYS, "committee", "on_policy")
        return {axis: "none" if root_of(axis) in dropped else cell[axis] for axis in cell}
    if len(trial["committee"]) == 1:
        alone = {"weighting": "uniform", "aggregation": "distances"}
        cell = {axis: alone.get(root_of(axis), cell[axis]) for axis in cell}
    return cell


def words_of(cell: Mapping[str, str]) -> list[str]:
    """A cell in words: who is taught how by whom, then every other axis."""
    named = ("loss", "weighting", "committee")
    main = [cell[axis] for axis in named if cell[axis] != "none"]
    return main + [f"{axis}={label}" for axis, label in cell.items() if axis not in named]


def root_of(axis: str) -> str:
    """The key of a trial that an axis changes: `loss` of `loss.temperature`."""
    return axis.split(".")[0]
