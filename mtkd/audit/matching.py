"""The files of all models on one domain, matched by id and by class, never by row."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from mtkd.audit.spaces import UNMAPPED
from mtkd.audit.told import Told, few
from mtkd.predictions import Predictions


def matched(models: Mapping[str, Told], like: Told | None = None) -> dict[str, Predictions]:
    """Predictions by model, over the same items in one order, whatever order the files had.

    Items are ordered by id, so permuted rows give the same arrays. Ids that are all int64 stay;
    others become a 64-bit hash of their text. Where a model has unmapped classes, all get
    `UNMAPPED` as the last class, which the others give no probability.

    Args:
        models: Files by model.
        like: The file whose order of classes all get; the first of `models` if left out.

    Raises:
        ValueError: Files differ in their classes, their ids, or the label of an id.
    """
    tolds = list(models.values())
    first = tolds[0]
    rest = (UNMAPPED,) if any(UNMAPPED in told.classes for told in tolds) else ()
    classes = (*_ours(first if like is None else like), *rest)
    for told in tolds:
        _check_classes(first if like is None else like, told)
        _check_ids(first, told)
    by_text = [np.argsort(told.ids, kind="stable") for told in tolds]
    for told, order in zip(tolds[1:], by_text[1:], strict=True):
        _check_labels(first, by_text[0], told, order)
    ids = number_ids(first.ids[by_text[0]])
    final = np.argsort(ids, kind="stable")
    return {
        name: _arranged(told, order[final], ids[final], classes)
        for (name, told), order in zip(models.items(), by_text, strict=True)
    }


def number_ids(ids: NDArray[np.str_]) -> NDArray[np.int64]:
    """int64 for ids `[item]` given as text: the number they write, else a hash of the text.

    Raises:
        ValueError: Two texts have one hash (1 in 4e7 for a million ids).
    """
    try:
        numbers = ids.astype(np.int64)
    except (ValueError, OverflowError):
        numbers = None
    if numbers is not None and (numbers.astype(np.str_) == ids).all():
        return numbers
    digests = b"".join(hashed(str(text)) for text in ids)
    codes = np.frombuffer(digests, "<i8").astype(np.int64)
    order = np.argsort(codes, kind="stable")
    same = np.flatnonzero(codes[order][1:] == codes[order][:-1])
    if len(same):
        one, two = (str(ids[order[same[0] + step]]) for step in (0, 1))
        raise ValueError(f"ids {one!r} and {two!r} have the same 64-bit hash; rename one of them")
    return codes


def hashed(text: str) -> bytes:
    """Eight bytes that stand for a text: its blake2b hash."""
    return blake2b(text.encode(), digest_size=8).digest()


def _arranged(
    told: Told, order: NDArray[np.intp], ids: NDArray[np.int64], classes: Sequence[str]
) -> Predictions:
    """Rows in `order`, classes in the order given."""
    own = {name: place for place, name in enumerate(told.classes)}
    columns = np.array([own.get(name, -1) for name in classes])
    logs = told.log_probs[order][:, columns]
    logs[:, columns < 0] = -np.inf
    new_place = np.array([classes.index(name) for name in told.classes] + [-1])  # -1 finds itself
    present = None if told.present is None else told.present[order]
    return Predictions(ids, new_place[told.labels[order]], logs, present)


def _ours(told: Told) -> tuple[str, ...]:
    return tuple(name for name in told.classes if name != UNMAPPED)


def _check_classes(first: Told, other: Told) -> None:
    lacks = [name for name in _ours(first) if name not in other.classes]
    more = [name for name in _ours(other) if name not in first.classes]
    if not lacks and not more:
        return
    what = f"lacks {few(lacks)}" if lacks else f"has {few(more)} besides"
    raise ValueError(
        f"{other.path} has {len(other.classes)} classes and {first.path} {len(first.classes)}: "
        f"the first {what}; compare models over the same classes, with the same names, or say "
        "which are which with --map NAME=FILE.json"
    )


def _check_ids(first: Told, other: Told) -> None:
    for one, two in ((first, other), (other, first)):
        lost = np.flatnonzero(~np.isin(one.ids, two.ids))
        if len(lost):
            raise ValueError(
                f"{two.path} lacks {len(lost)} of the {len(one)} ids of {one.path}, the first is "
                f"{str(one.ids[lost[0]])!r} in row {lost[0] + 1}; give every model the same items"
            )


def _check_labels(
    first: Told, order: NDArray[np.intp], other: Told, other_order: NDArray[np.intp]
) -> None:
    names = [np.array([*told.classes, "-1"])[told.labels] for told in (first, other)]
    differ = np.flatnonzero(names[0][order] != names[1][other_order])
    if not len(differ):
        return
    row = int(order[differ].min())
    there = int(np.flatnonzero(other.ids == first.ids[row])[0])
    raise ValueError(
        f"{other.path} row {there + 1} labels the id {first.ids[row]} {names[1][there]}, "
        f"{first.path} row {row + 1} labels it {names[0][row]}; an item has one label"
    )
