"""The records of all splits: read, parted, and looked through for texts that two of them share."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mtkd.text.places import Place, paths_of
from mtkd.text.record import Record
from mtkd.text.records import read_records

Splits = dict[str, list[Record]]


def read_splits(
    places: Mapping[str, Place | int],
    columns: Sequence[str],
    unit: str,
    seed: int,
    needed: Sequence[str],
) -> Splits:
    """Records by split, in the order of `places`.

    Args:
        places: See `mtkd.text.TextData`.
        columns: Those that every record must have.
        unit: What a document of a plain text file is.
        seed: Of the choice of records that are taken out of `train`.
        needed: Splits that must be there; the first one is `train`.

    Raises:
        ValueError: A split is missing or no place, its files are missing, or `train` is too small
            to give.
    """
    missing = [name for name in needed if name not in places]
    if missing:
        raise ValueError(
            f"splits has no {missing[0]!r}; give a path, or a number of records to take out of "
            f"train; it has: {', '.join(places) or 'none'}"
        )
    if "clean" in places:
        raise ValueError("splits has 'clean', which is the name of the test split; rename it")
    found: Splits = {}
    taken: dict[str, int] = {}
    for name, place in places.items():
        if isinstance(place, int) and not isinstance(place, bool):
            taken[name] = place
        else:
            paths = paths_of(place, name)
            found[name] = [r for path in paths for r in read_records(path, columns, unit)]
    return _taken_out(found, taken, seed) if taken else found


def _taken_out(found: Splits, taken: Mapping[str, int], seed: int) -> Splits:
    train = found.get("train")
    if train is None or min(taken.values()) < 1 or sum(taken.values()) >= len(train):
        raise ValueError(
            f"cannot take {dict(taken)} records out of train, which has "
            f"{'no files' if train is None else len(train)}; each needs at least 1, train too"
        )
    order, start = np.random.default_rng(seed).permutation(len(train)), 0
    for name, size in taken.items():
        found[name] = [train[i] for i in sorted(order[start : start + size])]
        start += size
    found["train"] = [train[i] for i in sorted(order[start:])]
    return found


def shared_texts(splits: Splits, columns: Iterable[str]) -> dict[str, int]:
    """How many records of each other split stand in `train` too, word for word."""
    names = list(columns)

    def content(record: Record) -> str:
        return json.dumps([record.values[name] for name in names], default=str)

    others = {name: list(map(content, splits[name])) for name in splits if name != "train"}
    asked = {one for contents in others.values() for one in contents}
    known = {one for one in map(content, splits["train"]) if one in asked}
    return {name: sum(one in known for one in contents) for name, contents in others.items()}


def tell_shared(shared: Mapping[str, int]) -> None:
    """Warn of evaluation texts that are trained on."""
    told = [f"{count} of {name}" for name, count in shared.items() if count]
    if told:
        warnings.warn(
            f"records that stand in train too, word for word: {', '.join(told)}; what is measured "
            "there is no generalisation",
            stacklevel=2,
        )
