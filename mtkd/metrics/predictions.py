"""What one model says about the items of one domain, checked once and used by many metrics."""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Integers
from mtkd.metrics.blocks import LogsOf
from mtkd.metrics.checks import labelled, probabilities
from mtkd.metrics.faults import check_table
from mtkd.metrics.reduced import at, reduced
from mtkd.metrics.rows import ArrayRows, Folded, LogRows, Rows, as_rows

SILENT = -1
"""Answer of a model where it gives none: equal to no class."""

KEPT = 2**24
"""Numbers of a table that is kept in float64 (128 MB); a larger one stays as it was given."""


def from_log_probs(values: ArrayLike) -> Floats:
    """exp(log-probabilities) `[n, classes]` in float64, rows checked and divided by their sum.

    Raises:
        ValueError: A row is NaN, infinite or does not sum to 1 (see `probabilities`).
    """
    return probabilities(LogRows(values))


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

    Every row is checked and reduced once, a block at a time. A table of more than 2^24 numbers is
    then neither copied nor widened: it stays where it lies, in memory or in a file
    (`mtkd.metrics.StoredRows`), and is read again by what needs all classes. Do not change it.

    Attributes:
        rows: The probabilities `[n, classes]` as they can be walked over.
        shape: `(n, classes)`.
        predicted: `[n]`, the most likely class; ties go to the lowest index. `SILENT` if silent.
        confidence: `[n]`, its probability; 0 where it is silent.
        spoke: `[n]`, where the model says anything; None: everywhere.
        squares: `[n]`, sum_k p(k)^2.

    Args:
        probs: `[n, classes]`: an array, or rows of a file, see `mtkd.metrics.Rows`.
        pooled: The last column holds many classes together (all other tokens of a vocabulary),
            so it is nobody's answer, however large, and the one before it a class of the model's
            own choice: two models that answer with it need not mean the same.
        spoke: `[n]` booleans, false where the row is no answer; None: the model always speaks.
    """

    def __init__(
        self, probs: ArrayLike | Rows, pooled: bool = False, spoke: Booleans | None = None
    ) -> None:
        self._reduce(_kept(as_rows(probs)), None, pooled, spoke)

    def _reduce(
        self, rows: Rows, labels: Integers | None, pooled: bool, spoke: Booleans | None
    ) -> None:
        said = reduced(rows, labels, pooled)
        self.rows, self.shape, self.pooled, self.spoke = rows, rows.shape, pooled, spoke
        self.predicted, self.confidence = said.predicted, said.confidence
        if spoke is not None:
            self.predicted = np.where(spoke, said.predicted, SILENT)
            self.confidence = np.where(spoke, said.confidence, 0.0)
        self.squares, self.label_probs = said.squares, said.label_probs

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def probs(self) -> Floats:
        """`[n, classes]`, float64, rows sum to 1; made anew each time where the table is large."""
        return _whole(self.rows)

    @property
    def log_rows(self) -> Rows:
        """Natural logarithms of the probabilities, made a block at a time; -inf for 0."""
        return LogsOf(self.rows)

    @property
    def shared_rows(self) -> Rows:
        """The rows over classes that are the same for every model, for differences of models."""
        return Folded(self.rows) if self.pooled else self.rows

    @property
    def shared_probs(self) -> Floats:
        """`probs` over these classes."""
        return _whole(self.shared_rows)

    def confident(self, tau: float) -> Booleans:
        """`[n]`: confidence is at least tau."""
        return self.confidence >= tau

    def at(self, classes: Integers) -> Floats:
        """`[n]`: probability of the class `classes[i]` on item i; a walk over all rows."""
        return at(self.rows, classes)


class Predictions(Answers):
    """One model's probabilities together with the true labels.

    Attributes:
        labels: `[n]` integers.
        label_probs: `[n]`, probability of the true label.
        correct: `[n]`, predicted equals label.
        wrong: `[n]`, its opposite; a model that is silent is neither.
    """

    def __init__(
        self,
        probs: ArrayLike | Rows,
        labels: ArrayLike,
        pooled: bool = False,
        spoke: Booleans | None = None,
    ) -> None:
        rows, self.labels = labelled(probs, labels)
        self._reduce(_kept(rows), self.labels, pooled, spoke)
        self.correct: Booleans = self.predicted == self.labels
        self.wrong: Booleans = ~self.correct if spoke is None else spoke & ~self.correct


class Checked(ArrayRows):
    """A small table that passed the gate: float64, kept."""

    values: Floats


def _whole(rows: Rows) -> Floats:
    """Checked probabilities as an array: the kept one, or made anew."""
    return rows.values if isinstance(rows, Checked) else probabilities(rows)


def _kept(rows: Rows) -> Rows:
    check_table(rows)
    small = rows.shape[0] * rows.shape[1] <= KEPT
    return Checked(probabilities(rows), rows.name) if small else rows
