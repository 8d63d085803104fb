"""Evaluation domains as a study lists them, and the names their files and metrics carry."""

from collections.abc import Sequence
from typing import Any

from mtkd.config import ConfigError

FORMS = (
    "clean, {shift: name, severity: 3} or [1, 3, 5], {domain: name}, {out_of_distribution: name}"
)


def expand_domains(listed: Sequence[Any]) -> list[dict[str, Any]]:
    """One mapping a domain: `name`, `kind` (clean, shift or ood), `shift` and `severity`.

    A shift at severity 3 is named `gaussian_noise@3`; `shift` also holds the name that a domain
    without severity has in the data. `{domain: gui}` is labelled: other traffic than `clean`.

    Raises:
        ConfigError: Another form, or a domain listed twice.
    """
    domains = [domain for index, entry in enumerate(listed) for domain in _expand(entry, index)]
    names = [domain["name"] for domain in domains]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"config.domains lists {name!r} more than once; leave one out")
    if "clean" not in names:
        raise ConfigError("config.domains must list clean, which the others are compared with")
    return domains


def _expand(entry: Any, index: int) -> list[dict[str, Any]]:
    if entry == "clean":
        return [_domain("clean", "clean")]
    if isinstance(entry, dict) and entry.keys() == {"out_of_distribution"}:
        name = entry["out_of_distribution"]
        return [_domain(name, "ood", name)] if isinstance(name, str) else _refuse(entry, index)
    if isinstance(entry, dict) and entry.keys() == {"domain"} and isinstance(entry["domain"], str):
        return [_domain(entry["domain"], "shift", entry["domain"])]
    if not isinstance(entry, dict) or entry.keys() != {"shift", "severity"}:
        return _refuse(entry, index)
    shift, severity = entry["shift"], entry["severity"]
    levels = severity if isinstance(severity, list) else [severity]
    if not isinstance(shift, str) or not all(type(level) is int for level in levels):
        return _refuse(entry, index)
    return [_domain(f"{shift}@{level}", "shift", shift, level) for level in levels]


def _domain(
    name: str, kind: str, shift: str | None = None, severity: int | None = None
) -> dict[str, Any]:
    return {"name": name, "kind": kind, "shift": shift, "severity": severity}


def _refuse(entry: Any, index: int) -> list[dict[str, Any]]:
    raise ConfigError(f"config.domains.{index} must be {FORMS}; got {entry!r}")
