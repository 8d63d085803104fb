"""What one model says about the items of one domain, checked once and used by many metrics."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats
from mtkd.metrics.checks import checked, class_labels, probabilities, tolerance


def from_log_probs(values: ArrayLike) -> Floats:
    """exp(log-probabilities) `[n, classes]` in float64, rows checked and divided by their sum.

    Raises:
        ValueError: A row is NaN, infinite or does not sum to 1 (see `probabilities`).
    """
    given = np.asarray(values)
    return checked(np.exp(given.astype(np.float64)), tolerance(given), "exp(log_probs)")


def from_logits(values: ArrayLike) -> Floats:
    """softmax(logits) `[n, classes]`, taken in float64 whatever the source was.

    Raises:
        ValueError: A logit is NaN or infinite.
    """
    logits = np.asarray(values).astype(np.float64)
    finite = np.isfinite(logits).all(axis=-1)
    if not finite.all():
        raise ValueError(
            f"logits row {int(np.flatnonzero(~finite)[0])} holds NaN or infinity, expected finite "
            "logits; mark impossible classes with -1e4"
        )
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return probabilities(shifted / shifted.sum(axis=-1, keepdims=True))


class Answers:
    """One model's probabilities on some items, labels unknown (out of scope) or not needed.

    Attributes:
        probs: `[n, classes]`, float64, rows sum to 1.
        predicted: `[n]`, the most likely class; ties go to the lowest index.
        confidence: `[n]`, its probability.

    Args:
        pooled: The last column holds many classes together (all other tokens of a vocabulary),
            so it is nobody's answer, however large.
    """

    def __init__(self, probs: ArrayLike, pooled: bool = False) -> None:
        self.probs, self.pooled = probabilities(probs), pooled
        answers = self.probs[:, :-1] if pooled else self.probs
        self.predicted = answers.argmax(axis=1)
        self.confidence = self.probs[np.arange(len(self.probs)), self.predicted]

    def __len__(self) -> int:
        return len(self.probs)

    @cached_property
    def log_probs(self) -> Floats:
        """`[n, classes]`, natural logarithms; -inf for probability 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.probs)

    def confident(self, tau: float) -> Booleans:
        """`[n]`: confidence is at least tau."""
        return self.confidence >= tau


class Predictions(Answers):
    """One model's probabilities together with the true labels.

    Attributes:
        labels: `[n]` integers.
        correct: `[n]`, predicted equals label.
        wrong: `[n]`, its opposite.
    """

    def __init__(self, probs: ArrayLike, labels: ArrayLike, pooled: bool = False) -> None:
        super().__init__(probs, pooled)
        self.labels = class_labels(labels, *self.probs.shape)
        self.correct: Booleans = self.predicted == self.labels
        self.wrong: Booleans = ~self.correct

    @cached_property
    def label_probs(self) -> Floats:
        """`[n]`: probability of the true label."""
        return self.probs[np.arange(len(self)), self.labels]


def same_labels(*models: Predictions) -> None:
    """Stop unless all models were asked the same items with the same classes and labels.

    Raises:
        ValueError: Another shape, or another label, with its row.
    """
    first = models[0]
    for other in models[1:]:
        if other.probs.shape != first.probs.shape:
            raise ValueError(
                f"models must answer the same items over the same classes, got [n, classes] = "
                f"{first.probs.shape} and {other.probs.shape}"
            )
        if other.labels is not first.labels and (other.labels != first.labels).any():
            row = int(np.flatnonzero(other.labels != first.labels)[0])
            raise ValueError(
                f"models disagree about the label of row {row} ({first.labels[row]} and "
                f"{other.labels[row]}); bring their items into the same order"
            )


def same_items(ids: Mapping[str, ArrayLike]) -> None:
    """Stop unless every model's ids `[n]` are equal, row by row.

    Raises:
        ValueError: Two models saw other items or another order; names both and the row.
    """
    names = list(ids)
    for name in names[1:]:
        first, other = np.asarray(ids[names[0]]), np.asarray(ids[name])
        if first.shape != other.shape:
            raise ValueError(
                f"{names[0]} has {first.shape[0]} items, {name} has {other.shape[0]}; "
                "compare models on the same items only"
            )
        if (first != other).any():
            row = int(np.flatnonzero(first != other)[0])
            raise ValueError(
                f"{names[0]} and {name} differ at row {row}: items {first[row]} and {other[row]}; "
                "bring both into the same order before comparing"
            )
