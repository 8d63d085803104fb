"""What a model said about a set of items, and the file it is kept in.

One file per model and domain: `predictions/<domain>.npz` with `ids` (int64 content hashes),
`labels` (int64, -1 where no label is valid) and `log_probs` (float32 `[item, classes]`); of a model
that is silent somewhere also `present` (boolean).
Everything that is measured is measured from these files, without torch.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.files import UnreadableFile, write_bytes
from mtkd.npz import odd_type, read_npz

FIELDS = ("ids", "labels", "log_probs")
PRESENT = "present"
"""Field of models that are silent somewhere; without it they always speak."""

BY_TOKEN = "vocabulary"
"""Field that only files of `mtkd.token_predictions` have."""

SUM_TOLERANCE = 1e-3
"""How far a row of float32 probabilities may be from 1 before it is called garbage."""


class UnreadablePredictions(UnreadableFile):
    """A prediction file that is missing, cut off or holds something else."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions of one model on one domain; row i of every field is the same item.

    Attributes:
        ids: `[item]` int64, content hash of the input; equal ids are equal inputs.
        labels: `[item]` int64, the true class, -1 where there is none.
        log_probs: `[item, classes]` float32, natural logarithms of probabilities.
        present: `[item]` booleans, false where the model is silent; None: it always speaks.

    Raises:
        ValueError: The fields disagree in length, a value is NaN or +inf, a row does not
            sum to 1 within 1e-3, a label is not a class, or a field has values of another type.
    """

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    log_probs: NDArray[np.float32]
    present: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(f"predictions are not usable: {problem}")

    @cached_property
    def probs(self) -> NDArray[np.float64]:
        """`[item, classes]` probabilities in float64; every row sums to 1."""
        values = np.exp(self.log_probs.astype(np.float64))
        return values / values.sum(axis=1, keepdims=True)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray) -> "Predictions":
        """The same predictions of some of the items: their indices, or `[item]` booleans."""
        present = None if self.present is None else self.present[rows]
        return Predictions(self.ids[rows], self.labels[rows], self.log_probs[rows], present)

    def save(self, path: Path | str) -> None:
        """Write the file in one piece: a reader sees the old one, the new one, or none."""
        buffer = io.BytesIO()
        stored: dict[str, NDArray] = {name: vars(self)[name] for name in FIELDS}
        stored |= {} if self.present is None else {PRESENT: self.present}
        np.savez(buffer, **stored)  # type: ignore[arg-type]
        write_bytes(Path(path), buffer.getvalue())

    @classmethod
    def load(cls, path: Path | str) -> "Predictions":
        """The predictions in `path`.

        Raises:
            UnreadablePredictions: One sentence that names the file, what is wrong with it and
                what to do.
        """
        fields = arrays_of(path, FIELDS)
        if BY_TOKEN in fields:
            raise UnreadablePredictions(
                f"prediction file {path} holds tokens of a language model, a classifier's "
                "predictions are needed here; give the run of a classifier"
            )
        try:
            return cls(**{name: fields[name] for name in FIELDS}, present=fields.get(PRESENT))
        except ValueError as error:
            raise _unreadable(path, f"cannot be used ({error})", "delete it; ") from None

    def _problem(self) -> str:
        """What is wrong with the arrays, or nothing."""
        shape = np.shape(self.log_probs)
        if len(shape) != 2 or not np.shape(self.ids) == np.shape(self.labels) == shape[:1]:
            return (
                f"ids {np.shape(self.ids)}, labels {np.shape(self.labels)} and log_probs {shape} "
                "must be [item], [item] and [item, classes] of one length"
            )
        if odd := odd_type(vars(self), ("ids", "labels"), ("log_probs",)):
            return odd
        if np.isnan(self.log_probs).any():
            return f"log_probs of item {np.argwhere(np.isnan(self.log_probs))[0][0]} are NaN"
        sums = np.exp(self.log_probs, dtype=np.float64).sum(axis=1)
        if (np.abs(sums - 1) > SUM_TOLERANCE).any():
            row = int(np.abs(sums - 1).argmax())
            return f"the probabilities of item {row} sum to {sums[row]:.4g}, expected 1"
        if self.present is not None and (
            self.present.dtype != np.bool_ or np.shape(self.present) != shape[:1]
        ):
            return f"present must be booleans {shape[:1]}, got {self.present.dtype}"
        wrong = (self.labels < -1) | (self.labels >= shape[1])
        if wrong.any():
            return f"labels must lie in -1..{shape[1] - 1}, got {self.labels[wrong][0]}"
        return ""


def arrays_of(path: Path | str, fields: Iterable[str]) -> dict[str, NDArray]:
    """All arrays of a prediction file, which must hold at least `fields`.

    Raises:
        UnreadablePredictions: It is missing, cut off, or lacks a field.
    """
    try:
        found = read_npz(Path(path).read_bytes())
    except FileNotFoundError:
        raise _unreadable(path, "does not exist") from None
    except (ValueError, OSError) as error:
        raise _unreadable(path, f"cannot be used ({error})", "delete it; ") from None
    missing = " and no ".join(name for name in fields if name not in found)
    if missing:
        raise _unreadable(path, f"cannot be used (it has no {missing})", "delete it; ")
    return found


def _unreadable(path: Path | str, what: str, first: str = "") -> UnreadablePredictions:
    return UnreadablePredictions(
        f"prediction file {path} {what}; {first}the command that ran the study computes it again"
    )
