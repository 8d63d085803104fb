"""Slices that were written down before looking, with the loss that would be tolerated in each.

margin: .02          # accuracy that may be lost, a share; for all slices that do not say
confidence: .95
undecided: fail      # or pass: what becomes of slices too small to tell
slices:
  - name: short refunds
    where: {intent: [refund, return], length: {to: 40}}
    margin: .01
  - name: noise
    domain: gaussian_noise@3
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError, nearest
from mtkd.config.text import read_yaml
from mtkd.slices.condition import Condition, read_conditions

MARGIN, CONFIDENCE = 0.02, 0.95
KEYS = ("margin", "confidence", "undecided", "slices")
SLICE_KEYS = ("name", "where", "domain", "margin", "confidence")


@dataclass(frozen=True)
class Registered:
    """One slice.

    Attributes:
        at: Where it stands, for sentences.
        where: All must hold; without any the whole domain.
        domain: None for the first domain there is.
        margin: Largest tolerated net regression, in (0, 1).
        confidence: Of the upper bound, one-sided, in (.5, 1).
    """

    name: str
    at: str
    where: tuple[Condition, ...]
    domain: str | None
    margin: float
    confidence: float


@dataclass(frozen=True)
class Registry:
    """A file of slices; `undecided` is fail or pass."""

    path: Path
    undecided: str
    slices: tuple[Registered, ...]


def read_registry(path: Path) -> Registry:
    """The slices of a YAML file.

    Raises:
        ConfigError: It cannot be meant so; the sentence names file, place and rule.
    """
    content = read_yaml(path)
    _only(content, KEYS, str(path))
    undecided = content.get("undecided", "fail")
    if undecided not in ("fail", "pass"):
        raise ConfigError(f"{path}: undecided must be fail or pass, got {undecided!r}")
    nodes = content.get("slices")
    if not isinstance(nodes, list) or not nodes:
        raise ConfigError(f"{path}: slices must be a list with at least one slice, got {nodes!r}")
    defaults = {
        "margin": content.get("margin", MARGIN),
        "confidence": content.get("confidence", CONFIDENCE),
    }
    slices = [
        _slice(node, f"{path}: slices[{number}]", defaults) for number, node in enumerate(nodes, 1)
    ]
    names = [one.name for one in slices]
    for one in slices:
        if names.count(one.name) > 1:
            raise ConfigError(
                f"{path}: the name {one.name!r} is there twice, expected distinct ones"
            )
    return Registry(path, undecided, tuple(slices))


def _slice(node: Any, at: str, defaults: Mapping[str, Any]) -> Registered:
    if not isinstance(node, dict):
        raise ConfigError(f"{at} must have keys like name and where, got {node!r}")
    _only(node, SLICE_KEYS, at)
    where = read_conditions(node.get("where") or {}, at)
    domain = node.get("domain")
    if domain is not None and not isinstance(domain, str):
        raise ConfigError(f"{at}.domain must be the name of a domain, got {domain!r}")
    words = " and ".join(one.text for one in where) or "all items"
    name = node.get("name", f"{domain}: {words}" if domain else words)
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{at}.name must be a text, got {name!r}")
    both = {**defaults, **node}
    margin = _between(both["margin"], 0.0, f"{at}.margin")
    confidence = _between(both["confidence"], 0.5, f"{at}.confidence")
    return Registered(name, at, where, domain, margin, confidence)


def _between(value: Any, low: float, at: str) -> float:
    """A number strictly between `low` and 1."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low < value < 1:
        raise ConfigError(f"{at} must be a number in ({low:g}, 1), got {value!r}")
    return float(value)


def _only(node: Mapping[str, Any], known: Sequence[str], at: str) -> None:
    for key in node:
        if key not in known:
            hint = nearest(str(key), known) or f"; it may have {', '.join(known)}"
            raise ConfigError(f"{at} has an unknown key {key!r}{hint}")
