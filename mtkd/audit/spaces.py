"""A model over other classes than ours: which of its classes are which of ours, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtkd.audit.fields import Fields

UNMAPPED = "(unmapped)"
"""The class that holds the probability of all classes without a counterpart."""
SHARED = "names"
"""In place of a file: classes of one name are one class, all others have no counterpart."""


@dataclass(frozen=True)
class Space:
    """What the classes of one model mean.

    Attributes:
        path: File that says so, or `SHARED`.
        to: Class of the model to class of ours; the others have no counterpart. None: by name.
        renormalised: Whether probabilities are divided by the mass that has a counterpart; else
            the rest stays, as one class that is never right.
    """

    path: str
    to: Mapping[str, str] | None
    renormalised: bool = False


@dataclass(frozen=True, eq=False)
class Mapped:
    """What became of a model's classes.

    Attributes:
        classes: How many it has.
        unmapped: Those without a counterpart among ours.
        unreached: Ours that none of its classes means.
        lost: `[item]`, probability of the unmapped ones.
        answered: `[item]`, whether they have more of it than any of ours.
        renormalised: See `Space`.
    """

    path: str
    classes: int
    unmapped: tuple[str, ...]
    unreached: tuple[str, ...]
    lost: NDArray[np.float64]
    answered: NDArray[np.bool_]
    renormalised: bool


def check_space(space: Space, path: str, names: Sequence[str], ours: Sequence[str]) -> None:
    """Refuse a map that speaks of classes that are not there, or maps nothing.

    Args:
        path: The model's file, or the model.
        names: Its classes.

    Raises:
        ValueError: One sentence with the class.
    """
    to = _places(space, names, ours)
    for name, meant in to.items():
        if name not in names:
            raise ValueError(f"--map {space.path} maps {name!r}, which is no class of {path}")
        if meant not in ours:
            raise ValueError(
                f"--map {space.path} maps {name!r} to {meant!r}, which is none of the "
                f"{len(ours)} classes of the models it is compared with"
            )
    if not to:
        raise ValueError(f"--map {space.path} maps no class of {path}, so it cannot be compared")


def _places(space: Space, names: Sequence[str], ours: Sequence[str]) -> Mapping[str, str]:
    return {n: n for n in names if n in ours} if space.to is None else space.to


def translated(fields: Fields, space: Space, ours: Sequence[str]) -> tuple[Fields, Mapped]:
    """The same file over our classes: mass of all classes with one meaning is added up.

    Args:
        fields: Checked: rows are distributions.

    Raises:
        ValueError: See `check_space`; or a row that gives nothing to renormalise.
    """
    check_space(space, fields.path, fields.classes, ours)
    to = _places(space, fields.classes, ours)
    probs = np.exp(fields.values.astype(float)) if fields.are_logs else fields.values.astype(float)
    own = {name: place for place, name in enumerate(fields.classes)}
    values = np.zeros((len(probs), len(ours) + 1))
    for name, place in own.items():
        values[:, ours.index(to[name]) if name in to else -1] += probs[:, place]
    unmapped = tuple(name for name in own if name not in to)
    unreached = tuple(name for name in ours if name not in to.values())
    lost, answered = values[:, -1].copy(), values.argmax(axis=1) == len(ours)
    if space.renormalised:
        values = _divided(fields, values)
    kept = bool(unmapped) and not space.renormalised
    classes = (*ours, UNMAPPED) if kept else tuple(ours)
    made = replace(fields, classes=classes, values=values[:, : len(classes)], are_logs=False)
    about = Mapped(space.path, len(own), unmapped, unreached, lost, answered, space.renormalised)
    return made, about


def _divided(fields: Fields, values: NDArray[np.float64]) -> NDArray[np.float64]:
    mass = values[:, :-1].sum(axis=1)
    if (mass < 1e-6).any():
        row = int(np.argmax(mass < 1e-6))
        raise ValueError(
            f"{fields.at(row)} gives {mass[row]:.2g} to all mapped classes together, too little to "
            "renormalise; leave out --renormalise"
        )
    divided: NDArray[np.float64] = values / mass[:, None]
    return divided
