"""A table of what each student cost to train."""

from collections.abc import Iterable, Mapping, Sequence

from mtkd.report.reading import label
from mtkd.report.tables import Cell, Line, Table, number
from mtkd.results import Group, Results

COLUMNS = (
    ("steps", "optimizer steps"),
    ("TFLOP", "10^12 operations of the training as it ran here; of recorded teachers the heads"),
    (
        "TFLOP live",
        "the same with every teacher running beside the student; a dash where it is not known what "
        "one of them costs",
    ),
    ("seconds", "wall clock of the trial, evaluation included; depends on the machine's load"),
)


def cost_tables(results: Results, groups: Sequence[Group]) -> list[Table]:
    """Arithmetic of the training: as it ran, and as if every teacher had run beside it."""
    lines = []
    for group in groups:
        spent = [results.costs[trial.id] for trial in group.trials if trial.id in results.costs]
        if spent:
            lines.append(Line(label(results, group), _means(spent), group.tag))
    return (
        [Table("cost", "What each student cost to train", COLUMNS, tuple(lines))] if lines else []
    )


def _means(spent: Sequence[Mapping[str, float]]) -> tuple[Cell, ...]:
    """Over the trials of a group, which are not empty."""

    def mean(values: Iterable[float]) -> float:
        return sum(values) / len(spent)

    return (
        number(mean(one["steps"] for one in spent), 0),
        number(mean(one["steps"] * one["step_flop"] for one in spent) / 1e12, 2),
        number(mean(one["steps"] * one["step_flop_live"] for one in spent) / 1e12, 2),
        number(mean(one["seconds"] for one in spent), 1),
    )
