"""Trials that differ only by seed, gathered: the cells of the grid, and the controls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mtkd.results.index import Study, Trial

CONTROL_LABELS = {
    "labels_only": "labels only (no teachers)",
    "other_seed": "labels only, other seed",
    "label_smoothing": "label smoothing",
    "uniform": "uniform weights, all teachers",
    "best_single_teacher": "single teacher",
    "leave_one_out": "whole committee",
}
BY_COMMITTEE = (None, "best_single_teacher", "leave_one_out")
"""Roles whose trials differ by who teaches; the others are the same whoever does."""


OBJECTIVE_AXES = ("loss", "weighting", "committee", "aggregation", "hard_share")
"""Axes that say nothing about a control: its own name says what it does about them."""


@dataclass(frozen=True)
class Group:
    """One cell or control over its seeds.

    Attributes:
        tag: Short name used in plots, unique in a study: `C3` for cells, `K1` for controls.
        label: The axes that vary, joined; for a control what it is.
        short: The label without the committee.
        trials: The trials that are done and readable, one per seed, by seed.
        absent: The others.
    """

    tag: str
    label: str
    short: str
    role: str
    control: str | None
    cell: Mapping[str, str]
    committee: tuple[str, ...]
    trials: tuple[Trial, ...]
    absent: tuple[Trial, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(trial.seed for trial in self.trials)


def gather(study: Study) -> list[Group]:
    """All groups of a study, cells first in the order of the grid, then controls."""
    found: dict[tuple, list[Trial]] = {}
    for trial in study.trials:
        axes = tuple(sorted(trial.cell.items()))
        who = trial.committee if trial.control in BY_COMMITTEE else ()
        found.setdefault((trial.role, trial.control, axes, who), []).append(trial)
    cells = [trials for key, trials in found.items() if key[0] == "cell"]
    controls = [trials for key, trials in found.items() if key[0] != "cell"]
    varying = _varying(trials[0] for trials in cells)
    groups = [_group(f"C{n}", trials, varying) for n, trials in enumerate(cells, 1)] + [
        _group(f"K{n}", trials, varying) for n, trials in enumerate(controls, 1)
    ]
    return [_says_who_is_gone(group, groups) for group in groups]


def _says_who_is_gone(group: Group, groups: Sequence[Group]) -> Group:
    """A group of `leave_one_out`, labelled by the teacher that is missing in it."""
    if group.control != "leave_one_out":
        return group
    alike = (one for one in groups if one.control == group.control)
    everyone = dict.fromkeys(name for one in alike for name in one.committee)
    gone = [name for name in everyone if name not in group.committee]
    if not gone:
        return group
    label = group.label.replace(CONTROL_LABELS["leave_one_out"], f"without {'+'.join(gone)}", 1)
    return replace(group, label=label)


def axes_of(group: Group) -> dict[str, str]:
    """The label of every axis of a cell, the committee's included."""
    return {**group.cell, "committee": committee_label(group.cell, group.committee)}


def matches(group: Group, wanted: Mapping[str, object]) -> bool:
    """Whether a cell has the labels that an expectation or a question names."""
    own = axes_of(group)
    joined = "+".join(group.committee)
    return group.role == "cell" and all(
        str(value) in (own.get(axis), joined if axis == "committee" else None)
        for axis, value in _labels(wanted).items()
    )


def committee_label(cell: Mapping[str, str], committee: Sequence[str]) -> str:
    """The committee as the grid names it, else its teachers joined by +."""
    return cell.get("committee") or "+".join(committee) or "none"


def _labels(wanted: Mapping[str, object]) -> dict[str, str]:
    return {
        axis: "+".join(map(str, value)) if isinstance(value, list) else str(value)
        for axis, value in wanted.items()
    }


def _varying(trials: Iterable[Trial]) -> list[str]:
    """Axes with more than one label, in the order of the grid; all of them if none varies."""
    named = [
        {**trial.cell, "committee": committee_label(trial.cell, trial.committee)}
        for trial in trials
    ]
    # An axis that only some products of the grid have varies too.
    axes = dict.fromkeys(axis for labels in named for axis in labels)
    seen = {axis: {labels.get(axis, "") for labels in named} for axis in axes}
    return [axis for axis, labels in seen.items() if len(labels) > 1] or list(seen)


def _group(tag: str, trials: list[Trial], varying: list[str]) -> Group:
    first = trials[0]
    ordered = sorted(trials, key=lambda trial: trial.seed)
    return Group(
        tag=tag,
        label=_label(first, varying),
        short=_label(first, [axis for axis in varying if axis != "committee"] or varying),
        role=first.role,
        control=first.control,
        cell=first.cell,
        committee=first.committee,
        trials=tuple(trial for trial in ordered if trial.state == "done"),
        absent=tuple(trial for trial in ordered if trial.state != "done"),
    )


def _label(trial: Trial, varying: list[str]) -> str:
    named = {**trial.cell, "committee": committee_label(trial.cell, trial.committee)}
    if trial.role == "cell":
        return " · ".join(named[axis] for axis in varying if axis in named)
    label = CONTROL_LABELS.get(trial.control or "", str(trial.control).replace("_", " "))
    if trial.control == "best_single_teacher" and trial.committee:
        label += f" {trial.committee[0]}"
    shared = [named[axis] for axis in varying if axis in named and axis not in OBJECTIVE_AXES]
    return " · ".join([label, *(part for part in shared if part != "none")])
