"""Economics: size against the teacher and the committee, and two senses of training efficiency."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtkd.metrics import Interval, Metric
from mtkd.results import Teacher
from mtkd.scorecard.cast import Cast
from mtkd.scorecard.content import WEIGHTS, result_of
from mtkd.scorecard.figures import Figure, between, fact, missing
from mtkd.scorecard.items import Items
from mtkd.scorecard.labels import label_efficiency
from mtkd.scorecard.paired import Paired


def economy(cast: Cast, clean: Items) -> list[Figure]:
    """Sizes, accuracy gained per hour of training, and label efficiency."""
    return [
        *sizes("parameters", cast, "in result.json"),
        *sizes("bytes", cast, f"of {WEIGHTS}"),
        quality_per_hour(cast, clean),
        label_efficiency(cast, clean),
    ]


def sizes(what: str, cast: Cast, where: str) -> list[Figure]:
    """The student's size, and 1 - student / teacher: against one, and against all that taught.

    Args:
        what: `parameters` or `bytes`.
        where: For the convention.
    """
    own = size(what, cast.student.folder)
    names = what, f"size_reduction_{what}", f"size_reduction_{what}_committee"
    if own is None:
        return [missing(name, f"no {what} {where} of the student") for name in names]
    return [
        fact(names[0], own, f"{what} {where}"),
        _reduction(names[1], what, own, [cast.teacher]),
        _reduction(names[2], what, own, cast.committee),
    ]


def size(what: str, folder: Path) -> int | None:
    """Parameters or bytes of a saved model; None if they are not recorded."""
    if what == "bytes":
        path = folder / WEIGHTS
        return path.stat().st_size if path.is_file() else None
    found = _number(result_of(folder).get("parameters"))
    return None if found is None else int(found)


def quality_per_hour(cast: Cast, clean: Items) -> Figure:
    """(accuracy of the student - accuracy of the control) / hours of the student's training."""
    name = "quality_per_training_hour"
    seconds = _number(result_of(cast.student.folder).get("seconds"))
    if seconds is None:
        return missing(name, "no seconds in result.json of the student")
    teachers = [_number(result_of(one.folder).get("seconds")) for one in cast.committee]
    known = sum(one for one in teachers if one is not None)
    text = (
        f"(student - control) accuracy on clean items per hour; {seconds:g} s of training and "
        f"evaluation on the machine of the run, the {known:g} s of its teachers not counted"
    )
    gain = Paired(clean.right).ratio({"student": 1, "control": -1}, None, text)
    hours, metric = seconds / 3600, gain.metric
    scaled = Metric(metric.value / hours, metric.n, metric.convention)
    return between(name, Interval(scaled, gain.low / hours, gain.high / hours, gain.method))


def _reduction(name: str, what: str, own: int, against: Sequence[Teacher]) -> Figure:
    found = {one.name: size(what, one.folder) for one in against}
    unknown = [teacher for teacher, known in found.items() if known is None]
    if unknown:
        return missing(name, f"no {what} recorded for teacher {', '.join(unknown)}")
    total = sum(known for known in found.values() if known is not None)
    text = f"1 - {own:,} / {total:,} {what} of {' + '.join(found)}: {total / own:.3g} times smaller"
    return fact(name, 1 - own / total, text)


def _number(value: Any) -> float | None:
    """A positive number, or nothing: an index written by hand may hold anything."""
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if real and value > 0 else None
