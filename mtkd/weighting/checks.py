"""Checks of what users give a weighting: numbers, teachers' names, labels."""

import math
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from torch import Tensor

REMEDY = "use a student that returns ModelOutput(hidden=..., head=...)"


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


def check_evidence(owner: str, evidence: object, teachers: int, positions: int) -> Tensor:
    """`evidence`; refused without an axis of teachers and one of positions; looks at no value."""
    known = (teachers, positions), (1, positions)
    if isinstance(evidence, Tensor):
        if evidence.shape[:2] in known:
            return evidence
        got = str(list(evidence.shape))
    else:
        got = f"a {type(evidence).__name__}"
    raise ValueError(
        f"{owner}.evidence returned {got}, expected one log-weight for each teacher and position, "
        f"{list(known[0])}, or {list(known[1])} if it concerns only the student; never average or "
        "sum over positions, the granularity does"
    )


def check_scores(owner: str, scores: object, teachers: int, groups: int) -> Tensor:
    """`scores`; refused if they are no `[teacher, group]`; looks at no value."""
    known = (teachers, groups), (1, groups)
    if isinstance(scores, Tensor) and scores.shape in known:
        return scores
    got = list(scores.shape) if isinstance(scores, Tensor) else f"a {type(scores).__name__}"
    raise ValueError(
        f"{owner} has log-weights {got}, expected one for each teacher and position (or group of "
        f"positions), {list(known[0])}; let evidence give one number for each, or let scores "
        "make one of its further axes"
    )


def check_hidden(owner: str, hidden: Tensor | None) -> Tensor:
    """`hidden`, which a rule reads; raise if there is none."""
    if hidden is None:
        raise ValueError(f"{owner} needs the student's hidden state, got None; {REMEDY}")
    return hidden
