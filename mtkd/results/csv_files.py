"""Results as CSV: one line for each number of a trial, one for each estimate over seeds."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mtkd.files import making, writing
from mtkd.results.index import Study
from mtkd.results.results import Results
from mtkd.results.values import Key, Row

ESTIMATE_COLUMNS = (
    "group", "label", "role", "model", "teacher", "domain", "statistic", "value", "low", "high",
    "p", "p_holm", "n", "seeds", "underpowered", "interval",
)  # fmt: skip

TRIAL_COLUMNS = ("trial", "name", "role", "control", "seed", "state")


def write_tables(results: Results, folder: Path) -> None:
    """Write `results.csv` (tidy, one number a line) and `cells.csv` (statistics over seeds).

    And `trials.csv`: what the trials of the first one are, in the words of the grid.
    """
    _write(folder / "results.csv", Row._fields, results.rows)
    _write(folder / "cells.csv", ESTIMATE_COLUMNS, _estimates(results))
    axes = list(dict.fromkeys(axis for trial in results.study.trials for axis in trial.cell))
    _write(folder / "trials.csv", (*TRIAL_COLUMNS, *axes), _trials(results.study, axes))


def _trials(study: Study, axes: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    for one in study.trials:
        labels = (one.cell.get(axis) for axis in axes)
        yield one.id, one.name, one.role, one.control, one.seed, one.state, *labels


def _estimates(results: Results) -> Iterator[tuple[Any, ...]]:
    groups = {group.tag: group for group in results.groups}
    for key, found in results.estimates.items():
        group = groups[key.group]
        yield (
            group.tag, group.label, group.role, *_about(key), found.value, found.low, found.high,
            found.p, found.p_holm, found.n, found.seeds, found.underpowered, found.method,
        )  # fmt: skip


def _about(key: Key) -> tuple[str, str, str, str]:
    return key.model, key.teacher, key.domain, key.statistic


def _write(path: Path, columns: Iterable[str], lines: Iterable[Iterable[Any]]) -> None:
    """Line by line: of a thousand trials the whole text is 115 MB."""
    with (
        making(path) as temporary,
        writing(path),
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)
