"""Metadata tables joined to the items of a domain."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mtkd.slices.compared import Compared
from mtkd.slices.metadata import Metadata


def with_columns(compared: Compared, tables: Sequence[Metadata]) -> tuple[Compared, list[str]]:
    """The comparison with the columns of every table, and sentences on tables that know nothing.

    Raises:
        ValueError: A table knows only some of the items, or two have the same column.
    """
    columns: dict[str, NDArray] = {}
    notes = []
    for table in tables:
        values = table.for_items(compared.ids, compared.origins, compared.domain)
        if values is None:
            notes.append(f"{table.path} knows no item of {compared.domain}: no metadata there")
            continue
        for name in values:
            if name in columns:
                raise ValueError(
                    f"{table.path} has a column {name!r} like {tables[0].path}; rename it"
                )
        columns |= values
    return replace(compared, columns=columns), notes


def unused_rows(comparisons: Sequence[Compared], tables: Sequence[Metadata]) -> list[str]:
    """Sentences on rows of tables that are about no item of any domain.

    Raises:
        ValueError: That holds for all rows of a table.
    """
    notes = []
    known = np.concatenate([ids for one in comparisons for ids in (one.ids, one.origins)])
    for table in tables:
        unused = int((~np.isin(table.ids, known)).sum())
        if unused == len(table.ids):
            first = f"{str(table.ids[0])!r}" if unused else "absent"
            raise ValueError(
                f"{table.path} knows no item at all: its first id is {first}, the first item has "
                f"the id {str(known[0])!r}; use the ids of the predictions"
            )
        if unused:
            notes.append(
                f"{unused} of {len(table.ids)} rows of {table.path} are about no item here"
            )
    return notes
