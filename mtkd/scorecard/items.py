"""What several models said about one domain, in an order that their content decides."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics import LogRows, same_items
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.base import Booleans
from mtkd.predictions import Predictions


@dataclass(frozen=True, eq=False)
class Items:
    """One labelled domain; rows are sorted by id, so the order of the files plays no part.

    Attributes:
        domain: Its name.
        ids: `[n]` int64.
        stored: What each model's file holds.
        said: The same in float64, with labels, for metrics.
    """

    domain: str
    ids: NDArray[np.int64]
    stored: Mapping[str, Predictions]
    said: Mapping[str, Labelled]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def labels(self) -> NDArray[np.int64]:
        """`[n]`."""
        return next(iter(self.said.values())).labels

    @property
    def right(self) -> dict[str, Booleans]:
        """`[n]` by model."""
        return {name: said.correct for name, said in self.said.items()}

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits of ids and labels."""
        return digest_of(self.ids, self.labels)


def read_items(domain: str, folders: Mapping[str, Path]) -> Items:
    """The models' predictions on a domain.

    Args:
        domain: Its name.
        folders: Of trials and teachers, by the name each model has here.

    Raises:
        ValueError: A file is missing, damaged or without labels, or models saw other items.
    """
    paths = {name: folder / "predictions" / f"{domain}.npz" for name, folder in folders.items()}
    found = {name: Predictions.load(path) for name, path in paths.items()}
    same_items({str(paths[name]): one.ids for name, one in found.items()})
    stored = {name: by_id(one) for name, one in found.items()}
    said = {name: labelled(one, paths[name]) for name, one in stored.items()}
    return Items(domain, next(iter(stored.values())).ids, stored, said)


def by_id(said: Predictions) -> Predictions:
    """The same predictions, rows sorted by id."""
    return said.take(np.argsort(said.ids, kind="stable"))


def labelled(said: Predictions, path: Path) -> Labelled:
    """For metrics, silent items right nowhere; ValueError names the file."""
    try:
        return Labelled(LogRows(said.log_probs), said.labels, spoke=said.present)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def digest_of(*arrays: NDArray) -> str:
    """16 hexadecimal digits of what arrays hold."""
    content = hashlib.sha256()
    for array in arrays:
        content.update(f"{array.dtype}{array.shape}".encode())
        content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()[:16]
