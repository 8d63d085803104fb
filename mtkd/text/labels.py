"""Classes of labelled texts: their names, compared as text whatever type a file gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from mtkd.text.record import Record


def label_of(record: Record, column: str) -> str:
    """The label of a record as text: `1` and `"1"` are one class.

    Raises:
        ValueError: It is no name and no number, or it is missing.
    """
    value = record.values[column]
    if value is None or value != value:
        raise ValueError(
            f"{record.at} has no {column}, expected the name or number of a class; remove the "
            "record, or write a name there and set nothing to that name"
        )
    if not isinstance(value, str | int | float):
        raise ValueError(
            f"{record.at}: {column} is a {type(value).__name__}, expected the name or number of "
            "one class; write one of them"
        )
    return str(value)


def class_names(records: Sequence[Record], column: str, nothing: str | None) -> list[str]:
    """The names that stand in `column`, but `nothing`, in order: numbers by their size.

    Raises:
        ValueError: A label that is none, or there are no classes.
    """
    found = {label_of(record, column) for record in records} - {nothing}
    if records and not found:
        raise ValueError(
            f"every {column} of train is {nothing!r}, which stands for no class; check nothing"
        )
    if all(re.fullmatch(r"-?\d+", name) for name in found):
        return sorted(found, key=lambda name: (int(name), name))
    return sorted(found)


def given_names(names: Sequence[str]) -> list[str]:
    """Names that a config gives, as text.

    Raises:
        ValueError: There are none, or a name twice.
    """
    whole = [str(name) for name in names]
    if not whole:
        raise ValueError("names is empty; leave it out for the labels of train, or list them all")
    name, count = Counter(whole).most_common(1)[0]
    if count > 1:
        raise ValueError(f"names has {name!r} {count} times; give every class one name of its own")
    return whole
