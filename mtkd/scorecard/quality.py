"""User outcome: how much of the teacher's quality users get, and the slice that gets least."""

import math
from collections.abc import Sequence

from mtkd.metrics import Interval
from mtkd.scorecard.cast import Cast
from mtkd.scorecard.figures import FEW, Figure, between, missing, share
from mtkd.scorecard.items import Items
from mtkd.scorecard.paired import Paired

CLEAN = "clean"


def quality(cast: Cast, clean: Items, slices: Sequence[Figure]) -> list[Figure]:
    """Accuracies, quality ratio, its worst slice, and the gap recovered, on clean items."""
    together = Paired(clean.right)
    return [
        *(_accuracy(together, name) for name in ("student", "teacher", "control")),
        between("quality_ratio", _quality_ratio(together, CLEAN)),
        worst(slices),
        gap_recovered(cast, together),
    ]


def gap_recovered(cast: Cast, together: Paired) -> Figure:
    """(student - control) / (teacher - control) of the right answers on the same items.

    Not measured, with the reason, where the teacher is not better than the control.
    """
    teacher, control = together.right("teacher"), together.right("control")
    if teacher <= control:
        return missing(
            "gap_recovered",
            f"no gap to recover: teacher {cast.teacher.name} is right on {teacher} of {together.n} "
            f"clean items, the control {cast.control.name} on {control}; name a better teacher "
            "with --teacher, or do not distil from this one",
        )
    found = together.ratio(
        {"student": 1, "control": -1},
        {"teacher": 1, "control": -1},
        f"(student - control) / (teacher - control) on clean items, control {cast.control.name}",
    )
    few = "the teacher's lead over the control is within noise" if math.isnan(found.low) else ""
    return between("gap_recovered", found, few)


def slices_of(clean: Items, others: Sequence[Items]) -> list[Figure]:
    """The quality ratio of every class on clean items, and of every other labelled domain."""
    labels = clean.labels
    classes = clean.said["student"].shape[1]
    found = []
    for label in range(classes):
        inside = labels == label
        part = Paired({name: right[inside] for name, right in clean.right.items()})
        found.append(between(f"class {label}", _quality_ratio(part, f"class {label}, clean")))
    for items in others:
        part = Paired(items.right)
        found.append(between(items.domain, _quality_ratio(part, f"domain {items.domain}")))
    return found


def worst(slices: Sequence[Figure]) -> Figure:
    """The lowest ratio among slices of at least 20 items; among all if none has as many."""
    name = "worst_slice_quality_ratio"
    known = [one for one in slices if one.known]
    large = [one for one in known if one.n >= FEW]
    lowest = min(large or known, key=lambda one: one.value, default=None)
    if lowest is None:
        return missing(name, "no slice in which the teacher is right")
    text = (
        f"{lowest.name}, lowest of {len(large or known)} slices (classes and domains) of at least "
        f"{FEW if large else 1} items; {len(slices) - len(large or known)} left out as smaller or "
        f"without a ratio; chosen for being lowest: {lowest.convention}"
    )
    return Figure(name, lowest.value, lowest.low, lowest.high, lowest.n, text, lowest.caution)


def _quality_ratio(together: Paired, where: str) -> Interval:
    text = f"accuracy of the student / accuracy of the teacher, same items, {where}"
    return together.ratio({"student": 1}, {"teacher": 1}, text)


def _accuracy(together: Paired, name: str) -> Figure:
    figure = "accuracy" if name == "student" else f"{name}_accuracy"
    return share(figure, together.right(name), together.n, "right / all, clean items")
