"""What is stored of each position: the most likely tokens, the reference, and how it ranked."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from mtkd.files import write_bytes
from mtkd.metrics import Metric
from mtkd.npz import odd_type
from mtkd.predictions import PRESENT, UnreadablePredictions, arrays_of
from mtkd.token_predictions.spread import reduced, scaled

FIELDS = ("ids", "labels", "sequences", "classes", "log_probs", "label_log_probs", "label_ranks")
NEAR = 5
"""A reference among this many most likely tokens is a reasonable answer, not an error."""


@dataclass(frozen=True, eq=False)
class TokenPredictions:
    """Predictions of one model at `n` scored positions; row i of every field is one position.

    Attributes:
        ids: `[n]` int64, a hash of the sequence and the place in it.
        labels: `[n]` int64, the reference token.
        sequences: `[n]` int64, hash of the sequence; positions of one are not independent.
        classes: `[n, kept]` int32, the most likely tokens, most likely first.
        log_probs: `[n, kept]` float32, their natural log-probabilities.
        label_log_probs: `[n]` float32, that of the reference.
        label_ranks: `[n]` int32, how many tokens are more likely than the reference.
        vocabulary: Number of classes.
        extras: `[n]` float32 by name, such as `coverage_risk/<teacher>`.
        present: `[n]` booleans, false where the model is silent; None: it always speaks.

    Raises:
        ValueError: The fields disagree in length, or a row holds more mass than 1.
    """

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    sequences: NDArray[np.int64]
    classes: NDArray[np.int32]
    log_probs: NDArray[np.float32]
    label_log_probs: NDArray[np.float32]
    label_ranks: NDArray[np.int32]
    vocabulary: int
    extras: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    present: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        shape = np.shape(self.log_probs)
        whole = ("ids", "labels", "sequences", "label_ranks")
        flat: list[NDArray[Any]] = [vars(self)[name] for name in (*whole, "label_log_probs")]
        flat += [] if self.present is None else [self.present]
        sizes = {np.shape(values) for values in [*flat, *self.extras.values()]}
        if len(shape) != 2 or np.shape(self.classes) != shape or sizes != {shape[:1]}:
            raise ValueError(
                f"log_probs {shape}, classes {np.shape(self.classes)} and the other fields "
                f"{sorted(sizes)} must be [n, kept], [n, kept] and [n] of one n"
            )
        if odd := odd_type(vars(self), (*whole, "classes"), ("log_probs", "label_log_probs")):
            raise ValueError(odd)
        mass = np.exp(self.log_probs.astype(np.float64)).sum(axis=1)
        if not (mass <= 1 + 1e-3).all():
            row = int(np.argmax(~(mass <= 1 + 1e-3)))
            raise ValueError(f"the kept mass of position {row} is {mass[row]:.4g}, above 1")
        wrong = (self.labels < 0) | (self.labels >= self.vocabulary)
        if wrong.any():
            raise ValueError(f"labels must lie in 0..{self.vocabulary - 1}")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray) -> TokenPredictions:
        """The same predictions at some of the positions: their indices, or `[n]` booleans."""
        fields = {name: vars(self)[name][rows] for name in FIELDS}
        present = None if self.present is None else self.present[rows]
        extras = {name: values[rows] for name, values in self.extras.items()}
        return replace(self, **fields, present=present, extras=extras)

    @property
    def others(self) -> int:
        """Classes that are not kept."""
        return self.vocabulary - self.classes.shape[1]

    @property
    def near(self) -> NDArray[np.bool_]:
        """`[n]`: the reference is among the `NEAR` most likely tokens."""
        return np.asarray(self.label_ranks) < NEAR

    def save(self, path: Path | str) -> None:
        """Write the file in one piece; tokens in two bytes where these hold the vocabulary."""
        buffer = io.BytesIO()
        stored: dict[str, Any] = {name: vars(self)[name] for name in FIELDS}
        stored["classes"] = self.classes.astype(np.min_scalar_type(self.vocabulary - 1))
        stored |= {f"extra:{name}": values for name, values in self.extras.items()}
        stored |= {} if self.present is None else {PRESENT: self.present}
        np.savez(buffer, vocabulary=np.int64(self.vocabulary), **stored)
        write_bytes(Path(path), buffer.getvalue())

    @classmethod
    def load(cls, path: Path | str) -> TokenPredictions:
        """The predictions in `path`.

        Raises:
            UnreadablePredictions: One sentence that names the file and what is wrong with it.
        """
        found = arrays_of(path, (*FIELDS, "vocabulary"))
        extras = {k.removeprefix("extra:"): v for k, v in found.items() if k.startswith("extra:")}
        fields = {name: found[name] for name in FIELDS}
        try:
            fields["classes"] = found["classes"].astype(np.int32, casting="same_kind")
            present, vocabulary = found.get(PRESENT), int(found["vocabulary"])
            return cls(**fields, vocabulary=vocabulary, present=present, extras=extras)
        except (ValueError, TypeError) as error:
            raise UnreadablePredictions(
                f"prediction file {path} cannot be used ({error}); delete it, the command that "
                "ran the study computes it again"
            ) from None

    def scaled(self, temperature: float) -> TokenPredictions:
        """softmax(log p / temperature), with the mass that is not kept spread evenly."""
        kept, label = scaled(self.log_probs, self.label_log_probs, self.others, temperature)
        return replace(self, log_probs=kept, label_log_probs=label)

    def temperature(self) -> Metric:
        """The T > 0 within [0.05, 20] that minimises the NLL of `scaled(T)`; above 1 softens."""

        def loss(log_temperature: float) -> float:
            return -float(self.scaled(float(np.exp(log_temperature))).label_log_probs.mean())

        found = minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded", options={"xatol": 1e-4})
        kept = f"{self.classes.shape[1]} kept tokens, the rest spread evenly"
        return Metric(float(np.exp(found.x)), len(self), f"minimises NLL over {kept}")

    def reduced(self, candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probabilities of the reference, of candidates, of the own top token, and of the rest.

        Args:
            candidates: `[n, m]` tokens, distinct in a row, -1 where there is none; the first
                column is the reference.

        Returns:
            `[n, m + 2]`, rows sum to 1. The last column pools all tokens without a column of
            their own; the one before is the model's top token where no candidate is, else 0.
        """
        return reduced(self.classes, self.log_probs, self.label_log_probs, self.others, candidates)
