"""A table of what each student cost to train."""

import math
from collections.abc import Iterable, Mapping, Sequence

from mtkd.report.reading import label
from mtkd.report.tables import Cell, Line, Table, number
from mtkd.results import Group, Results

UNITS = {6: "MFLOP", 9: "GFLOP", 12: "TFLOP", 15: "PFLOP", 18: "EFLOP"}
"""By their power of ten."""


def cost_tables(results: Results, groups: Sequence[Group]) -> list[Table]:
    """Arithmetic of the training: as it ran, and as if every teacher had run beside it."""
    found = []
    for group in groups:
        spent = [results.costs[trial.id] for trial in group.trials if trial.id in results.costs]
        if spent:
            found.append((group, _means(spent)))
    if not found:
        return []
    power = _power(flop for _, means in found for flop in means[1:3])
    lines = [Line(label(results, group), _cells(means, power), group.tag) for group, means in found]
    return [Table("cost", "What each student cost to train", _columns(power), tuple(lines))]


def _columns(power: int) -> tuple[tuple[str, str], ...]:
    ran = f"10^{power} operations of the training as it ran here; of recorded teachers the heads"
    live = (
        "the same with every teacher running beside the student; a dash where it is not known what "
        "one of them costs"
    )
    return (
        ("steps", "optimizer steps"),
        (UNITS[power], ran),
        (f"{UNITS[power]} live", live),
        ("seconds", "wall clock of the trial, evaluation included; depends on the machine's load"),
    )


def _power(flop: Iterable[float]) -> int:
    """That of the largest unit that the largest number has one of."""
    largest = max((one for one in flop if math.isfinite(one)), default=0.0)
    return max((power for power in UNITS if largest >= 10**power), default=min(UNITS))


def _means(spent: Sequence[Mapping[str, float]]) -> tuple[float, ...]:
    """Steps, operations, operations live and seconds, over the trials of a group, at least one."""

    def mean(values: Iterable[float]) -> float:
        return sum(values) / len(spent)

    return (
        mean(one["steps"] for one in spent),
        mean(one["steps"] * one["step_flop"] for one in spent),
        mean(one["steps"] * one["step_flop_live"] for one in spent),
        mean(one["seconds"] for one in spent),
    )


def _cells(means: tuple[float, ...], power: int) -> tuple[Cell, ...]:
    steps, ran, live, seconds = means
    flop = (number(each / 10**power, 2) for each in (ran, live))
    return number(steps, 0), *flop, number(seconds, 1)
