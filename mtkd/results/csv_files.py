"""Results as CSV: one line for each number of a trial, one for each estimate over seeds."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mtkd.files import write_text
from mtkd.results.results import Results
from mtkd.results.values import Key, Row

ESTIMATE_COLUMNS = (
    "group", "label", "role", "model", "teacher", "domain", "statistic", "value", "low", "high",
    "p", "p_holm", "n", "seeds", "underpowered", "interval",
)  # fmt: skip


def write_tables(results: Results, folder: Path) -> None:
    """Write `results.csv` (tidy, one number a line) and `cells.csv` (statistics over seeds)."""
    write_text(folder / "results.csv", _csv(Row._fields, results.rows))
    write_text(folder / "cells.csv", _csv(ESTIMATE_COLUMNS, _estimates(results)))


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


def _csv(columns: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return buffer.getvalue()
