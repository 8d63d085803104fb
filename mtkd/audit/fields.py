"""Which columns of a file are ids, labels and classes.

Tables (CSV, Parquet): `id`, `label`, and either `p_<class>`, or `log_p_<class>`, or one column for
each class, named like the class. With `p_` or `log_p_` a file may have other columns (a text, a
source), which play no part. npz: `ids`, `labels`, and `probs` or `log_probs` `[item, classes]`;
`classes` `[classes]` if they have names, `present` `[item]` booleans, false where a teacher gives
no answer. Classes called 0, 1, ... are in that order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtkd.audit.tables import Columns
from mtkd.predictions import PRESENT

PREFIXES = {"p_": False, "log_p_": True}
"""What class columns begin with, and whether they hold logarithms."""


@dataclass(frozen=True, eq=False)
class Fields:
    """A file's columns by meaning: ids and labels `[item]` as text, values `[item, classes]`."""

    path: str
    ids: NDArray[np.str_]
    labels: NDArray[np.str_]
    classes: tuple[str, ...]
    values: NDArray
    are_logs: bool
    present: NDArray[np.bool_] | None = None

    def at(self, row: int) -> str:
        """`file.csv row 3 (id a)`, rows from 1."""
        return f"{self.path} row {row + 1} (id {self.ids[row]})"


def fields_of(path: str, columns: Columns) -> Fields:
    """Find them.

    Raises:
        ValueError: Some are missing, ambiguous, of another length, or no numbers.
    """
    made = _stored(path, columns) if path.lower().endswith(".npz") else _table(path, columns)
    rows = {"ids": made.ids.shape, "labels": made.labels.shape, "rows": made.values.shape[:1]}
    if made.values.ndim != 2 or len(set(rows.values())) > 1 or made.ids.ndim != 1:
        raise ValueError(
            f"{path} has ids {made.ids.shape}, labels {made.labels.shape} and probabilities "
            f"{made.values.shape}, expected [item], [item] and [item, classes]"
        )
    if not len(made.ids):
        raise ValueError(f"{path} holds no rows, expected at least one item")
    if len(made.classes) != made.values.shape[1] or len(set(made.classes)) < 2:
        raise ValueError(
            f"{path} names {len(set(made.classes))} distinct classes for {made.values.shape[1]} "
            "columns of probabilities, expected one name for each, and at least two"
        )
    return made


def _table(path: str, columns: Columns) -> Fields:
    _need(path, columns, "id", "label")
    others = [name for name in columns if name not in ("id", "label")]
    found = {p: [name for name in others if name.startswith(p)] for p in PREFIXES}
    there = [prefix for prefix, names in found.items() if names]
    if len(there) > 1:
        raise ValueError(f"{path} has both p_ and log_p_ columns; leave one kind in the file")
    prefix, chosen = (there[0], found[there[0]]) if there else ("", others)
    classes = _ordered(path, [name.removeprefix(prefix) for name in chosen])
    numbers = [_numbers(path, prefix + name, columns[prefix + name]) for name in classes]
    values = np.stack(numbers, axis=1) if numbers else np.empty((len(columns["id"]), 0))
    ids, labels = (_text(path, name, columns[name]) for name in ("id", "label"))
    return Fields(path, ids, labels, tuple(classes), values, PREFIXES.get(prefix, False))


def _stored(path: str, columns: Columns) -> Fields:
    _need(path, columns, "ids", "labels")
    given = [name for name in ("probs", "log_probs") if name in columns]
    if len(given) != 1:
        raise ValueError(
            f"{path} has {' and '.join(given) or 'neither probs nor log_probs'}, expected one of "
            "probs and log_probs [item, classes]"
        )
    values = columns[given[0]]
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise ValueError(f"{path}: {given[0]} is {values.dtype}, expected numbers")
    floats = values if np.issubdtype(values.dtype, np.floating) else values.astype(np.float64)
    count = values.shape[-1] if values.size else 0  # an empty array may claim any shape
    names = _text(path, "classes", columns.get("classes", np.arange(count)))
    ids, labels = (_text(path, name, columns[name]) for name in ("ids", "labels"))
    present = columns.get(PRESENT)
    if present is not None and (present.dtype != np.bool_ or present.shape != values.shape[:1]):
        raise ValueError(
            f"{path}: {PRESENT} is {present.dtype} {present.shape}, expected booleans "
            f"{values.shape[:1]}"
        )
    classes = tuple(map(str, names))
    return Fields(path, ids, labels, classes, floats, given[0] == "log_probs", present)


def _need(path: str, columns: Columns, *names: str) -> None:
    missing = [name for name in names if name not in columns]
    if missing:
        raise ValueError(
            f"{path} has no {' and no '.join(missing)} among {', '.join(list(columns)[:8])}; see "
            "mtkd audit --help for the columns"
        )


def _ordered(path: str, names: list[str]) -> list[str]:
    """Class numbers in their order, class names in that of the file."""
    if not names or not all(name.isdecimal() for name in names):
        return names
    wanted = [str(number) for number in range(len(names))]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ValueError(f"{path} has classes up to {max(map(int, names))} but no {missing[0]}")
    return wanted


def _numbers(path: str, name: str, column: NDArray) -> NDArray:
    if np.issubdtype(column.dtype, np.floating):
        return column
    try:
        return column.astype(np.float64)
    except ValueError:
        row = next(row for row, value in enumerate(column) if not _is_number(value))
        raise ValueError(
            f"{path} row {row + 1} has {str(column[row])!r} in column {name}, expected a number; "
            "call class columns p_<class> if the file has others too"
        ) from None


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _text(path: str, name: str, column: NDArray) -> NDArray[np.str_]:
    """Integers and text as text; 1.0 might be 1 or "1.0", so floats are refused."""
    if column.dtype.kind not in "iuU":
        raise ValueError(f"{path}: {name} is {column.dtype}, expected integers or text")
    return column.astype(np.str_)
