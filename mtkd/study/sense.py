"""Whether the parts of a study go together: each alone is right, but would be ignored or wasted."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mtkd.config import ConfigError, nearest
from mtkd.study.controls import named_controls
from mtkd.study.keys import EXPECTATION, INHERITANCE, OTHER_ENDPOINTS, check_keys
from mtkd.study.missing import NEEDS, endpoint_lacks
from mtkd.study.trials import Trial

SAME = {
    "mtkd.losses.ForwardKL": ("distances", "probabilities"),
    "mtkd.losses.ReverseKL": ("distances", "logits"),
}
"""Aggregations with one gradient: sum_k w_k D(p_k, q) and D(mixture, q) differ by a constant."""


def check_overrides(config: Mapping[str, Any], overrides: Sequence[str]) -> None:
    """Refuse an override of what the grid sets in every cell: it would change none.

    Raises:
        ConfigError: It names the override and the axis.
    """
    grid = config["grid"]
    products = [set(axes) for axes in (grid if isinstance(grid, list) else [grid])]
    common = set.intersection(*products) if products else set()
    for override in overrides:
        key = override.partition("=")[0]
        for axis in common:
            if key == axis or key.startswith(f"{axis}."):
                position = "grid.0" if isinstance(grid, list) else "grid"
                raise ConfigError(
                    f"override {override!r} would change no cell, since the grid sets {axis} in "
                    f"each; override {position}.{axis} instead"
                )


def check_endpoint(config: Mapping[str, Any]) -> None:
    """Refuse an endpoint that nobody knows, or whose comparison is not part of the study.

    Raises:
        ConfigError: It names the endpoint and what is known or missing.
    """
    endpoint = config["endpoint"]
    *path, statistic = endpoint.split("/")
    known = INHERITANCE if path else (*INHERITANCE, *OTHER_ENDPOINTS)
    _check_known(statistic, known, f"config.endpoint {endpoint}")
    for part in path[1:] if path[:1] == ["inheritance"] else path:
        if config["teachers"]:
            _check_known(part, config["teachers"], f"config.endpoint {endpoint}")
    lacks = endpoint_lacks(config) if config["teachers"] else []
    if lacks:
        compared = {"placebo": "a placebo", "controls": "the control labels_only"}
        has_not = {"placebo": "config.placebo is missing", "controls": "config.controls lacks it"}
        raise ConfigError(
            f"config.endpoint {endpoint} compares with {' and '.join(compared[k] for k in lacks)}, "
            f"but {' and '.join(has_not[k] for k in lacks)}; add "
            f"{' and '.join(f'{key}: {NEEDS[key]}' for key in lacks)}, or choose another endpoint"
        )


def check_expectations(
    config: Mapping[str, Any], trials: Sequence[Trial], domains: Collection[str]
) -> None:
    """Refuse a known answer about a cell, control, teacher or domain that the study lacks.

    Raises:
        ConfigError: The config path, what was named, and what there is.
    """
    cells = [trial.cell for trial in trials if trial.control is None]
    names = [*config["teachers"], *(config["placebo"] or {})]
    for index, claim in enumerate(config["expectations"]):
        at = f"config.expectations.{index}"
        check_keys(claim, EXPECTATION, at, required=("claim", "statistic", "domain", "between"))
        _check_known(claim["domain"], domains, f"{at}.domain")
        if "teacher" in claim:
            _check_known(claim["teacher"], names, f"{at}.teacher")
        if ("cell" in claim) == ("control" in claim):
            raise ConfigError(f"{at} must be about a cell or a control, one of the two")
        if "control" in claim:
            _check_known(claim["control"], named_controls(config), f"{at}.control")
        for key in ("cell", "minus"):
            if key == "minus" and claim.get(key, {}).keys() == {"control"}:
                _check_known(claim[key]["control"], named_controls(config), f"{at}.minus.control")
            elif key in claim and not any(_agrees(cell, claim[key]) for cell in cells):
                raise ConfigError(f"{at}.{key} is no cell of the grid: {claim[key]}")
        if len(claim["between"]) != 2:
            raise ConfigError(f"{at}.between must be [low, high], got {claim['between']!r}")


def warnings(trials: Sequence[Trial]) -> list[str]:
    """A sentence for each pair of aggregations in the grid that train the same student."""
    seen: dict[str, set[str]] = {}
    for trial in trials:
        if len(trial.config["committee"]) > 1 and trial.control is None:
            rest = {k: v for k, v in trial.config.items() if k not in ("aggregation", "seed")}
            seen.setdefault(json.dumps(rest, sort_keys=True), set()).add(
                trial.config["aggregation"]
            )
    losses = {key: json.loads(key)["loss"]["_target_"] for key in seen}
    same = {losses[key] for key, found in seen.items() if found >= set(SAME.get(losses[key], "?"))}
    return [
        f"the grid compares aggregation {SAME[loss][0]} with {SAME[loss][1]} for "
        f"{loss.rsplit('.', 1)[-1]}, where both have the same gradient; drop one"
        for loss in sorted(same)
    ]


def _agrees(cell: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    return all(cell.get(axis) == str(label) for axis, label in wanted.items())


def _check_known(name: str, known: Collection[str], at: str) -> None:
    if name not in known:
        hint = nearest(name, known) or "."
        raise ConfigError(
            f"{at}: there is no {name!r}{hint} There is: {', '.join(known) or 'none'}."
        )
