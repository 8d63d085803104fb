"""Checks of what users give a weighting: numbers, teachers' names, labels."""

import math
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from torch import Tensor


def check_not_negative(name: str, value: float) -> float:
    """`value`, if it is a finite number of at least 0."""
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number of at least 0, got {value}")
    return value


def check_share(name: str, value: float) -> float:
    """`value`, if it lies in [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {value}")
    return value


def check_labels(owner: str, labels: Tensor) -> None:
    """Raise if a label is negative: a weight from no true class would go unnoticed."""
    if (labels < 0).any():
        raise ValueError(
            f"{owner} needs a label at every position, got {int(labels.min())}; leave unlabelled "
            "positions out or use another weighting"
        )


def check_names(what: str, given: Collection[str], teachers: Sequence[str]) -> None:
    """Raise unless `given` names every teacher of `teachers` and nobody else.

    `what` says where the names were written, such as "Fixed(weights=...)".
    """
    for name in given:
        if name not in teachers:
            raise ValueError(
                f"{what} names {name!r}, which is not a teacher{_nearest(name, teachers)}; "
                f"the teachers are {', '.join(teachers)}"
            )
    for name in teachers:
        if name not in given:
            raise ValueError(
                f"{what} says nothing about teacher {name!r}{_nearest(name, given)}; "
                f"it names {', '.join(given)}: add {name!r}"
            )


def _nearest(name: str, known: Collection[str]) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f" (nearest name: {found[0]!r})" if found else ""
