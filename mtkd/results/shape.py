"""Whether a study read from JSON has the types that its dataclasses declare, and is whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from mtkd.results.index import Study

DECLARED = cache(get_type_hints)
"""Kept: a study has thousands of trials."""

AGAIN = "run the study again, finished trials are kept"


def checked(study: Study) -> Study:
    """The study as it is.

    Raises:
        ValueError: The first part that no study has so.
    """
    odd = odd_part(study, type(study)) or _unlisted(study)
    if odd:
        index = study.folder / "study.json"
        raise ValueError(f"{index} is damaged (something else stands at {odd}); {AGAIN}")
    return study


def odd_part(value: Any, kind: Any, at: str = "") -> str:
    """The path of the first part of `value` that is of another type than `kind`, or nothing.

    Args:
        value: Of a dataclass, or of what its fields declare.
        kind: A class, a union, `tuple[x, ...]` or `Mapping[str, x]`; `Any` is everything.
        at: Where `value` stands.
    """
    parts: Iterable[tuple[object, Any, Any]]
    inner, declares = get_args(kind), is_dataclass(kind)
    if declares:
        parts = ((name, getattr(value, name), of) for name, of in DECLARED(kind).items())
    elif get_origin(kind) is UnionType:
        return at if all(odd_part(value, one, "x") for one in inner) else ""
    elif get_origin(kind) is tuple:
        parts = ((place, part, inner[0]) for place, part in enumerate(value))
    elif get_origin(kind) is Mapping or kind is Mapping:
        if not isinstance(value, Mapping):
            return at
        parts = ((name, part, inner[1]) for name, part in value.items())
    else:
        return "" if kind is Any or isinstance(value, kind) else at
    found = (odd_part(part, of, f"{at}.{name}" if at else str(name)) for name, part, of in parts)
    return next(filter(None, found), "")


def _unlisted(study: Study) -> str:
    """What names nothing that the study lists, or lists nothing; empty where all is there."""
    names = {teacher.name for teacher in study.teachers}
    for place, trial in enumerate(study.trials):
        if not names.issuperset(trial.committee):
            return f"trials.{place}.committee"
    for place, wanted in enumerate(study.expectations):
        if not {"claim", "between"} <= wanted.keys():
            return f"expectations.{place}"
    return "" if study.domains else "domains"
