"""What is known of each item besides its label: columns of a CSV or Parquet file, found by id."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.audit.tables import Columns, read_columns
from mtkd.config import nearest
from mtkd.slices.compared import Texts

ENDINGS = (".csv", ".parquet")
RESERVED = ("label", "domain", "confusion", "mean confidence", "confidently_wrong")
"""Names that mean something else in a slice."""


@dataclass(frozen=True, eq=False)
class Metadata:
    """A checked file: `ids` `[row]` text, and its other columns, `[row]` each."""

    path: str
    ids: Texts
    columns: Mapping[str, NDArray]

    def for_items(self, ids: Texts, origins: Texts, of: str) -> dict[str, NDArray] | None:
        """The columns for items `[item]`, by their own id or by that of their origin.

        Args:
            of: What the items are, for the sentence.

        Returns:
            None where the file knows none of them.

        Raises:
            ValueError: It knows some and not all, or an id stands in several rows.
        """
        if len(ids) == len(self.ids) and (ids == self.ids).all():
            return dict(self.columns)
        order = np.argsort(self.ids, kind="stable")
        known = self.ids[order]
        rows = [_found(known, wanted) for wanted in (ids, origins)]
        where = np.where(rows[0] >= 0, rows[0], rows[1])
        if (where < 0).all():
            return None
        if (where < 0).any():
            first = int(np.flatnonzero(where < 0)[0])
            raise ValueError(
                f"{self.path} lacks {int((where < 0).sum())} of the {len(ids)} items of {of}, the "
                f"first is the id {str(ids[first])!r}; give every item a row"
            )
        self._check_distinct(order)
        return {name: column[order[where]] for name, column in self.columns.items()}

    def _check_distinct(self, order: NDArray[np.intp]) -> None:
        known = self.ids[order]
        again = np.flatnonzero(known[1:] == known[:-1])
        if len(again):
            second, first = min((order[place + 1], order[place]) for place in again)
            raise ValueError(
                f"{self.path} row {second + 1} has the id {str(self.ids[second])!r} of row "
                f"{first + 1}, expected distinct ids; give every item one row"
            )


def read_metadata(path: Path, only: Sequence[str] = ()) -> Metadata:
    """A file with a column `id` and at least one more.

    Args:
        only: Columns to take; all if empty.

    Raises:
        ValueError: One sentence with file, row (from 1, without the header) and rule.
    """
    columns = _read(path)
    if "id" not in columns:
        raise ValueError(
            f"{path} has no id among its columns {', '.join(columns)}; metadata is matched by id"
        )
    ids = columns.pop("id")
    if ids.dtype.kind not in "iuU":
        raise ValueError(f"{path}: id is {ids.dtype}, expected integers or text")
    if not columns:
        raise ValueError(f"{path} has no column besides id; there is nothing to slice by")
    for name in only:
        if name not in columns:
            raise ValueError(unknown_column(f"--column {name}", path, name, columns))
    chosen = {name: columns[name] for name in only or columns}
    for name in RESERVED:
        if name in chosen:
            raise ValueError(
                f"{path} has a column {name!r}, which means something else in a slice; rename it, "
                "or name the others with --column"
            )
    return Metadata(str(path), ids.astype(np.str_), chosen)


def unknown_column(at: str, source: object, name: str, columns: Iterable[str]) -> str:
    """The sentence about a column that is not there."""
    known = list(columns)
    hint = nearest(name, known) or f"; it has {', '.join(known) or 'none'}"
    return f"{at}: {source} has no column {name!r}{hint}"


def _read(path: Path) -> Columns:
    if path.suffix.lower() not in ENDINGS:
        raise ValueError(
            f"--metadata {path} ends in {path.suffix or 'nothing'!r}, expected a table that ends "
            f"in {' or '.join(ENDINGS)}"
        )
    if not path.is_file():
        raise ValueError(f"--metadata {path} does not exist; give a table with an id in each row")
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty, expected a header and a row for each item")
    columns = read_columns(path)
    for name, column in columns.items():
        if column.ndim != 1 or column.dtype.kind not in "iufUb":
            raise ValueError(f"{path}: column {name} is {column.dtype}, expected numbers or text")
    return columns


def _found(known: Texts, wanted: Texts) -> NDArray[np.int64]:
    """`[item]`: the first place of each wanted id among the sorted ones, -1 where there is none."""
    if not len(known):
        return np.full(len(wanted), -1)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[places] == wanted, places, -1)
