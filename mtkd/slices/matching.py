"""Predictions of several models of ours on the same items: by row where ids agree, else by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics import LogRows, Predictions, Rows
from mtkd.metrics.base import Booleans, Floats, Integers
from mtkd.metrics.blocks import block_of
from mtkd.predictions import Predictions as Stored


@dataclass(frozen=True, eq=False)
class Said:
    """A prediction file, or several whose mean counts.

    Attributes:
        path: The file, or the first, for sentences.
        models: What each says about the same items, in one order.
    """

    path: Path
    models: tuple[Stored, ...]

    @property
    def ids(self) -> Integers:
        """`[item]`."""
        return self.models[0].ids

    @property
    def labels(self) -> Integers:
        """`[item]`."""
        return self.models[0].labels

    @property
    def classes(self) -> int:
        """How many there are."""
        return self.models[0].log_probs.shape[1]

    def take(self, rows: NDArray[np.intp]) -> "Said":
        """The same about some items."""
        return Said(self.path, tuple(one.take(rows) for one in self.models))

    def predictions(self) -> Predictions:
        """With every label checked; ValueError names the file."""
        mixture = Mixture(self.models)
        try:
            return Predictions(mixture, self.labels, spoke=mixture.spoke)
        except ValueError as error:
            raise ValueError(f"{self.path}: {error}") from None


class Mixture(Rows):
    """Mean of what several models say, at each item of those that speak there.

    Attributes:
        spoke: `[item]`, where at least one says anything; None: everywhere.
    """

    def __init__(self, models: Sequence[Stored]) -> None:
        self.models = [LogRows(one.log_probs) for one in models]
        self.shape, self.dtype = self.models[0].shape, np.dtype(np.float64)
        self.spoke: Booleans | None = None
        if any(one.present is not None for one in models):
            always = np.ones(len(self), dtype=np.bool_)
            said = np.stack([always if one.present is None else one.present for one in models])
            self.spoke = np.logical_or.reduce(said)
            self.heard = said | ~self.spoke  # where nobody speaks the row is not looked at

    def block(self, start: int, stop: int) -> Floats:
        """In float64."""
        part = slice(start, stop)
        told: Floats = np.stack([block_of(one, part) for one in self.models])
        if self.spoke is None:
            return told.mean(axis=0)
        heard = self.heard[:, part]
        return (told * heard[..., None]).sum(axis=0) / heard.sum(axis=0)[:, None]


def said(folders: tuple[Path, ...], domain: str) -> Said | None:
    """What the equal mixture of the models in some folders says; None without such a domain.

    Of each item, of those that speak there.

    Raises:
        ValueError: A file is damaged, or the models of a mixture saw other items.
    """
    paths = [folder / "predictions" / f"{domain}.npz" for folder in folders]
    if not paths[0].is_file():
        return None
    stored = tuple(Stored.load(path) for path in paths)
    for path, one in zip(paths[1:], stored[1:], strict=True):
        if not np.array_equal(one.ids, stored[0].ids):
            raise ValueError(
                f"{path} and {paths[0]} are about other items, or in another order; a mixture "
                "needs the same ones"
            )
    return Said(paths[0], stored)


def aligned(like: Said, other: Said) -> Predictions:
    """What `other` says about the items of `like`, in their order.

    Raises:
        ValueError: Other items, other classes, or another label of an item.
    """
    classes = (like.classes, other.classes)
    if classes[0] != classes[1]:
        raise ValueError(
            f"{other.path} has {classes[1]} classes, {like.path} has {classes[0]}; compare models "
            "over the same classes"
        )
    rows = _rows(like, other)
    differ = np.flatnonzero(other.labels[rows] != like.labels)
    if len(differ):
        row, there = int(differ[0]), int(rows[differ[0]])
        raise ValueError(
            f"{other.path} row {there + 1} labels the id {like.ids[row]} {other.labels[there]}, "
            f"{like.path} row {row + 1} labels it {like.labels[row]}; an item has one label"
        )
    return other.take(rows).predictions()


def _rows(like: Said, other: Said) -> NDArray[np.intp]:
    """Rows of `other` by the items of `like`; an input that is there twice needs equal columns."""
    if np.array_equal(like.ids, other.ids):
        return np.arange(len(like.ids))
    for one, two in ((like, other), (other, like)):
        lost = np.flatnonzero(~np.isin(one.ids, two.ids))
        if len(lost):
            raise ValueError(
                f"{two.path} lacks {len(lost)} of the {len(one.ids)} ids of {one.path}, the first "
                f"is {one.ids[lost[0]]} in row {lost[0] + 1}; compare models on the same items"
            )
    for one in (like, other):
        distinct, first = np.unique(one.ids, return_index=True)
        if len(distinct) < len(one.ids):
            row = int(np.setdiff1d(np.arange(len(one.ids)), first)[0])
            raise ValueError(
                f"{one.path} row {row + 1} has the id {one.ids[row]} of another row, and the files "
                "have their items in another order; write both in the same order"
            )
    rows = np.empty(len(like.ids), np.intp)
    rows[np.argsort(like.ids)] = np.argsort(other.ids)
    return rows
