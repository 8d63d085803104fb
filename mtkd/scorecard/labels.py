"""Label efficiency: how many labels the control needs for what the student can do with its own."""

from collections.abc import Iterator
from itertools import pairwise

from mtkd.results import Trial
from mtkd.scorecard.cast import BASE, Cast
from mtkd.scorecard.content import manifest
from mtkd.scorecard.figures import Figure, fact, missing
from mtkd.scorecard.items import Items, read_items

NAME = "label_efficiency"


def label_efficiency(cast: Cast, clean: Items) -> Figure:
    """Labels at which the control reaches the student's accuracy / labels of the student.

    Between training sets of different sizes the control's accuracy is interpolated; beyond the
    largest nothing is claimed.
    """
    own = labels_of(cast.student)
    if own is None:
        return missing(NAME, "no size of the training split in manifest.json of the student")
    curve = sorted(dict(_curve(cast, clean)).items())
    if len(curve) < 2:
        return missing(
            NAME,
            f"needs {BASE} controls with training sets of several sizes on the same clean items, "
            f"found {len(curve)}; put the size into the study's grid",
        )
    target = float(clean.said["student"].correct.mean())
    needed = crossing(curve, target)
    told = ", ".join(f"{size}: {accuracy:.3f}" for size, accuracy in curve)
    if needed is None:
        return missing(NAME, f"the control does not reach {target:.3f} with any size ({told})")
    text = (
        f"labels with which the control reaches {target:.3f} / {own} labels of the student; "
        f"control's accuracy by labels {told}, linear between"
    )
    return fact(NAME, needed / own, text)


def crossing(curve: list[tuple[int, float]], target: float) -> float | None:
    """The smallest size at which the interpolated curve is at least `target`; None if nowhere.

    Args:
        curve: Sizes that rise, each with its accuracy.
        target: Accuracy.
    """
    if curve[0][1] >= target:
        return float(curve[0][0])
    for (size, low), (larger, high) in pairwise(curve):
        if high >= target:
            return size + (larger - size) * (target - low) / (high - low)
    return None


def labels_of(trial: Trial) -> int | None:
    """Items of the training split, as the trial's manifest has it."""
    items = manifest(trial.folder).get("train", {}).get("items")
    return items if isinstance(items, int) and items > 0 else None


def _curve(cast: Cast, clean: Items) -> Iterator[tuple[int, float]]:
    """Size and accuracy of each control that differs in its data alone and saw the same items."""
    for control in cast.study.trials:
        alike = control.control == BASE and control.state == "done"
        if not (alike and control.seed == cast.student.seed and _same_but_data(control, cast)):
            continue
        size = labels_of(control)
        items = read_items(clean.domain, {"control": control.folder})
        if size is not None and items.digest == clean.digest:
            yield size, float(items.said["control"].correct.mean())


def _same_but_data(control: Trial, cast: Cast) -> bool:
    own = dict(cast.student.cell)
    return all(
        label in ("none", own.get(axis, label))
        for axis, label in control.cell.items()
        if not axis.startswith("data")
    )
