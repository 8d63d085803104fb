"""The axes of a grid: which values they take and what those are called."""

import re
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from mtkd.config import ConfigError, nearest, set_path

AXES = (
    "student", "loss", "weighting", "committee", "aggregation", "hard_share",
    "label_smoothing", "optimizer", "trainer", "on_policy", "seed",
)  # fmt: skip
CALLS = ("student", "loss", "weighting", "optimizer", "on_policy")
"""Axes whose values are nodes."""

Point = dict[str, tuple[str, Any]]
"""One combination of a grid: axis to (label, value)."""


def expand_grid(config: Mapping[str, Any]) -> list[Point]:
    """Every combination of every product of the grid, in the order written, seeds last.

    A `seed` that is a list or a range is an axis of every product that has none of its own.

    Raises:
        ConfigError: An axis is unknown or empty, or two of its values have one label.
    """
    grid = config["grid"]
    products = grid if isinstance(grid, list) else [grid]
    points: list[Point] = []
    for index, axes in enumerate(products):
        at = f"config.grid.{index}" if isinstance(grid, list) else "config.grid"
        named = {axis: axis_values(axis, values, f"{at}.{axis}") for axis, values in axes.items()}
        seeds = named.pop("seed", None) or seed_values(config)
        named["seed"] = seeds
        points += [dict(zip(named, chosen, strict=True)) for chosen in product(*named.values())]
    return points


def seed_values(config: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Labels and values of the study's own `seed`, a number, a list or `{range: n}`."""
    seed = config["seed"]
    return axis_values("seed", [seed] if isinstance(seed, int) else seed, "config.seed")


def axis_values(axis: str, raw: Any, at: str) -> list[tuple[str, Any]]:
    """(label, value) of every value of an axis.

    Args:
        axis: Key of a trial, or a dotted path into one (`loss.temperature`).
        raw: `{range: n}`, `{label: value, ...}`, or a list whose items are values or
            `{label: value}`.
        at: Config path of the axis.

    Raises:
        ConfigError: The axis is unknown, or the values are none of these, empty or ambiguous.
    """
    root = axis.split(".")[0]
    if root in ("teachers", "data", "placebo"):
        raise ConfigError(
            f"{at}: {root} cannot be an axis, since every trial is compared with the same; "
            "declare another teacher and vary the committee, or write another study"
        )
    if root not in AXES:
        hint = nearest(root, AXES) or "."
        raise ConfigError(f"{at} is no axis{hint} Axes are: {', '.join(AXES)}.")
    pairs = _pairs(raw)
    if not pairs:
        raise ConfigError(
            f"{at} must be values as a list, {{range: n}} or {{label: value}}; got {raw!r}"
        )
    if axis in (*CALLS, "trainer"):
        _check_calls(axis, pairs, at)
    labels = [label for label, _ in pairs]
    for label in labels:
        if labels.count(label) > 1:
            raise ConfigError(
                f"{at} has two values called {label!r}; name them with {{label: value}}"
            )
    if axis == "seed" and not all(type(value) is int and value >= 0 for _, value in pairs):
        raise ConfigError(f"{at} must be whole numbers from 0, got {raw!r}")
    return pairs


def _check_calls(axis: str, pairs: Iterable[tuple[str, Any]], at: str) -> None:
    """Every value of an axis that is a node must be one: `grid.loss.temperature=…` makes none."""
    for label, value in pairs:
        kind = "node with _target_" if axis in CALLS else "mapping"
        call = isinstance(value, dict) and (axis not in CALLS or "_target_" in value)
        if not call and not (axis == "on_policy" and value is None):
            raise ConfigError(
                f"{at}: {label!r} must be a {kind} or the path of a YAML file, got "
                f"{value!r}; to vary one argument, make it an axis of its own, like "
                f"'grid={{{axis}.{label}: [...]}}'"
            )


def apply_point(config: Mapping[str, Any], point: Point) -> dict[str, Any]:
    """The config with every axis set, `loss` before `loss.temperature`; values replace."""
    changed: Any = dict(config)
    for axis, (_, value) in sorted(point.items(), key=lambda item: item[0].count(".")):
        changed = set_path(changed, axis.split("."), value)
    return changed


def label_of(value: Any) -> str:
    """What a value is called that nobody named: `forward_kl`, `planted+clean`, `0.1`."""
    if isinstance(value, dict) and "_target_" in value:
        name = str(value["_target_"]).rsplit(".", 1)[-1]
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    if isinstance(value, list):  # a committee
        return "+".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _pairs(raw: Any) -> list[tuple[str, Any]]:
    if isinstance(raw, dict) and raw.keys() == {"range"}:
        size = raw["range"]
        return [(str(value), value) for value in range(size)] if type(size) is int else []
    if isinstance(raw, dict):
        return (
            [(str(label), value) for label, value in raw.items()] if "_target_" not in raw else []
        )
    if not isinstance(raw, list):
        return []
    return [pair for value in raw for pair in _named(value)]


def _named(value: Any) -> list[tuple[str, Any]]:
    """A list item: `{label: value}`, or a value that is called after itself."""
    if isinstance(value, dict) and "_target_" not in value:
        return [(str(label), inner) for label, inner in value.items()]
    return [(label_of(value), value)]
