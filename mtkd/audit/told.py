"""What one model said on one domain, from a file: every row checked, none repaired or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.audit.fields import Fields, fields_of
from mtkd.audit.spaces import Mapped, Space, translated
from mtkd.audit.tables import read_columns
from mtkd.metrics.blocks import ROUNDING
from mtkd.predictions import SUM_TOLERANCE

NO_LABEL = "-1"
"""The label of an item that belongs to none of the classes."""


@dataclass(frozen=True, eq=False)
class Told:
    """A checked file; row i of every field is the same item, in the order of the file.

    Attributes:
        path: The file, for sentences about it.
        ids: `[item]` text, distinct; 17 of an integer column is the text "17".
        labels: `[item]` int64, places in `classes`, -1 where an item belongs to none.
        classes: Names; "0", "1", ... where the file has none.
        log_probs: `[item, classes]`, natural logarithms; float64 if the file has probabilities,
            else as stored there.
        mapped: What became of the classes of a model that has others than ours.
        present: `[item]`, false where the model gives no answer; None: it always does.
    """

    path: str
    ids: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    log_probs: NDArray
    mapped: Mapped | None = None
    present: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.ids)


def read_told(path: Path | str, space: Space | None = None, ours: Sequence[str] = ()) -> Told:
    """A file of predictions; the columns it may have are described in `mtkd.audit.fields`.

    Args:
        space: Which of its classes are which of ours; None: they are ours. Labels are ours.
        ours: The classes that all models are compared on, if there is a space.

    Raises:
        ValueError: One sentence with file, row (from 1, without the header) and rule.
    """
    fields = fields_of(str(path), read_columns(Path(path)))
    _check_ids(fields)
    _check_values(fields)
    logs = _checked_logs(fields) if fields.are_logs else _logs_of(_checked_probs(fields))
    mapped = None
    if space is not None:
        whole = replace(fields, values=logs, are_logs=True)
        fields, mapped = translated(whole, space, ours)
        logs = _logs_of(fields.values)
    ids, labels, classes = fields.ids, _labels(fields), fields.classes
    return Told(fields.path, ids, labels, classes, logs, mapped, fields.present)


def _check_ids(fields: Fields) -> None:
    if (fields.ids == "").any():
        row = int(np.flatnonzero(fields.ids == "")[0]) + 1
        raise ValueError(f"{fields.path} row {row} has an empty id; models are matched by id")
    order = np.argsort(fields.ids, kind="stable")
    again = np.flatnonzero(fields.ids[order][1:] == fields.ids[order][:-1])
    if len(again):
        second, first = min((order[place + 1], order[place]) for place in again)
        raise ValueError(
            f"{fields.path} row {second + 1} has the id {str(fields.ids[second])!r} of row "
            f"{first + 1}, expected distinct ids; give every item its own"
        )


def _check_values(fields: Fields) -> None:
    """Numbers that can be probabilities; whether they sum to 1 comes after."""
    values, most = fields.values, SUM_TOLERANCE if fields.are_logs else np.inf
    what = "log-probability up to 0" if fields.are_logs else "probability from 0 to 1"
    lost = np.isnan(values) | np.isposinf(values) | (values > most)
    if not fields.are_logs:
        lost |= values < 0
    if lost.any():
        row, place = np.argwhere(lost)[0]
        raise ValueError(
            f"{fields.at(row)} gives class {fields.classes[place]} the value "
            f"{values[row, place]:.6g}, expected a {what}"
        )


def _labels(fields: Fields) -> NDArray[np.int64]:
    places = {name: place for place, name in enumerate(fields.classes)} | {NO_LABEL: -1}
    distinct, which = np.unique(fields.labels, return_inverse=True)
    found = np.array([places.get(str(name), -2) for name in distinct], np.int64)[which]
    if (found == -2).any():
        row = int(np.flatnonzero(found == -2)[0])
        raise ValueError(
            f"{fields.at(row)} has the label {str(fields.labels[row])!r}, expected one of the "
            f"classes {few(fields.classes)}, or {NO_LABEL} for an item of no class; "
            "if the model has other classes than the labels, add --map NAME=FILE.json"
        )
    return found


def _checked_probs(fields: Fields) -> NDArray[np.float64]:
    probs = fields.values.astype(np.float64)
    sums = _sums(fields, probs)
    off = np.abs(sums - 1) > ROUNDING
    probs[off] /= sums[off, None]
    return probs


def _checked_logs(fields: Fields) -> NDArray:
    """As stored; rows of float64 that are off by printed digits lose the logarithm of their sum."""
    sums = _sums(fields, np.exp(fields.values.astype(np.float64)))
    if fields.values.dtype.itemsize < 8:
        return fields.values
    return fields.values - np.where(np.abs(sums - 1) > ROUNDING, np.log(sums), 0.0)[:, None]


def _sums(fields: Fields, probs: NDArray[np.float64]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = probs.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise ValueError(
            f"{fields.at(row)} has probabilities that sum to {sums[row]:.6g}, expected 1 within "
            f"{SUM_TOLERANCE:g}; write probabilities, an audit never applies a softmax"
        )
    return sums


def _logs_of(probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """In float64: in float32 a confidence of exactly tau could come back below it."""
    with np.errstate(divide="ignore"):
        logs: NDArray[np.float64] = np.log(probs)
    return logs


def few(names: Sequence[str], most: int = 6) -> str:
    """The first names, and that there are more."""
    return ", ".join(names[:most]) + (f", ... ({len(names)})" if len(names) > most else "")
