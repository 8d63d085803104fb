"""economics.yaml as checked values under dotted names, `teacher.price_per_request` and so on."""

import math
from collections.abc import Mapping
from typing import Any

from mtkd.config import ConfigError, nearest
from mtkd.config.arguments import check_type, listed
from mtkd.economics.keys import HARD_CONSTRAINTS, RANGES, SECTIONS, Key

LONGEST = 60
"""Characters of a key that a sentence repeats."""
Values = dict[str, Any]
"""Every key by its dotted name; None where nothing was stated."""


def read_values(config: Mapping[str, Any]) -> Values:
    """Every key of economics.yaml, checked one by one; see `mtkd.economics.plan` for the rest.

    Raises:
        ConfigError: A key nobody knows, a value of the wrong kind, or one outside its range.
    """
    values: Values = {"question": config.get("question") or "Does a student pay?"}
    check_type(values["question"], "str", "config.question")
    for name in config:
        if name not in SECTIONS and name != "question":
            raise _unknown(config, name)
    for section, keys in SECTIONS.items():
        node, at = config.get(section), f"config.{section}"
        node = {} if node is None else node
        check_type(node, "dict", at)
        for name in node:
            _check_name(name, at)
            if name not in keys:
                hint = nearest(name, keys) or _hint(name)
                raise ConfigError(f"{at} has no key {_cut(name)!r}{hint}{listed('It has', keys)}")
        for name, key in keys.items():
            value = node.get(name, key.default)
            values[f"{section}.{name}"] = check_value(value, key, f"{at}.{name}")
    _check_constraints(values["evidence.hard_constraints"])
    return values


def check_value(value: Any, key: Key, at: str) -> Any:
    """`value` if it is of the kind and within the range that `key` tells.

    Raises:
        ConfigError: It is not; the sentence begins with `at`.
    """
    check_type(value, key.kind, at)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high, words = RANGES[key.rule]
        if not math.isfinite(value):
            raise ConfigError(f"{at} must be a finite number, got {value}")
        if not low <= value <= high:
            raise ConfigError(f"{at} {words}, got {value}")
    return value


def _check_constraints(given: list[Any] | None) -> None:
    for index, name in enumerate(given or []):
        if name not in HARD_CONSTRAINTS:
            hint = nearest(str(name), HARD_CONSTRAINTS)
            raise ConfigError(
                f"config.evidence.hard_constraints.{index} must be one of "
                f"{', '.join(HARD_CONSTRAINTS)}; got {name!r}{hint}"
            )


def _unknown(config: Mapping[str, Any], name: str) -> ConfigError:
    """The sentence on a key at the top; that of a file which is about something else."""
    if not set(config) & set(_top()):
        return ConfigError(
            f"config has none of the keys {', '.join(_top())}, the first of it is {_cut(name)!r}; "
            "give a YAML file like configs/economics.yaml"
        )
    return ConfigError(f"config has no key {_cut(name)!r}{_hint(name)}{listed('It has', _top())}")


def _check_name(name: Any, at: str) -> None:
    if not isinstance(name, str):
        raise ConfigError(
            f"{at} has the key {name!r}, which is no name; in YAML's braces a comma begins the "
            "next key: write 1000000, not 1,000,000"
        )


def _cut(name: str) -> str:
    """A name, or the beginning of a text that is no name."""
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}..."


def _top() -> list[str]:
    return ["question", *SECTIONS]


def _hint(name: str) -> str:
    """The section a key belongs to, or the nearest of them."""
    homes = [section for section, keys in SECTIONS.items() if name in keys]
    if homes:
        return f"; it belongs under {' or '.join(homes)}."
    return nearest(name, _top()) or "."
