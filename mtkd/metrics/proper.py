"""Accuracy and proper scores."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from mtkd.metrics.base import Floats, Metric, measure, ratio
from mtkd.metrics.checks import labelled, top_label
from mtkd.metrics.predictions import Predictions
from mtkd.metrics.reduced import at, reduced
from mtkd.metrics.rows import Rows


def accuracy(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Share of items whose most likely class is the label, in [0, 1]."""
    _, correct = top_label(predictions, truth)
    return measure(len(correct), "top-1, ties to the lowest index", correct.mean)


def nll(probs: ArrayLike | Rows, labels: ArrayLike) -> Metric:
    """-(1/n) sum log p(label), in nats, in [0, inf]; one impossible label makes it infinite.

    Nothing is clipped: count the impossible labels with `impossible_label_rate`.
    """
    return _log_loss(at(*labelled(probs, labels)))


def nll_of(model: Predictions) -> Metric:
    """`nll` of a model that was checked before: nothing is read again."""
    return _log_loss(model.label_probs)


def _log_loss(likelihood: Floats) -> Metric:
    with np.errstate(divide="ignore"):
        return measure(len(likelihood), "nats, not clipped", lambda: -np.log(likelihood).mean())


def impossible_label_rate(probs: ArrayLike | Rows, labels: ArrayLike) -> Metric:
    """Share of items whose label has probability 0, in [0, 1]: each makes `nll` infinite."""
    likelihood = at(*labelled(probs, labels))
    return measure(len(likelihood), "p(label) = 0", lambda: (likelihood == 0).mean())


def brier(probs: ArrayLike | Rows, labels: ArrayLike) -> Metric:
    """(1/n) sum_i sum_k (p_i(k) - 1{y_i = k})^2, in [0, 2], also for two classes.

    scikit-learn's `brier_score_loss` halves it for two classes by default.
    """
    said = reduced(*labelled(probs, labels))
    return _brier(said.squares, said.label_probs)


def brier_of(model: Predictions) -> Metric:
    """`brier` of a model that was checked before: nothing is read again."""
    return _brier(model.squares, model.label_probs)


def _brier(squares: Floats, label_probs: Floats) -> Metric:
    items = squares - 2 * label_probs + 1
    return measure(len(items), "multi-class, not halved, in [0, 2]", items.mean)


def top_label_brier(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """(1/n) sum (confidence - correct)^2, in [0, 1]."""
    confidence, correct = top_label(predictions, truth)
    squares = (confidence - correct) ** 2
    return measure(len(correct), "top label, in [0, 1]", squares.mean)


def spiegelhalter_z(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """sum (a - c)(1 - 2c) / sqrt(sum (1 - 2c)^2 c (1 - c)): about N(0, 1) if calibrated.

    Undefined (NaN) when every confidence is 0.5 or 1, because then nothing can vary.
    Spiegelhalter 1986, https://doi.org/10.1002/sim.4780050506.
    """
    confidence, correct = top_label(predictions, truth)
    lean = 1 - 2 * confidence

    def value() -> float:
        spread = math.sqrt((lean**2 * confidence * (1 - confidence)).sum())
        return ratio(float(((correct - confidence) * lean).sum()), spread)

    return measure(len(correct), "top label", value)


def spiegelhalter_p(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """P(|N(0, 1)| >= |Z|): two-sided, where MAPIE's is one-sided."""
    z = spiegelhalter_z(predictions, truth)
    return Metric(
        2 * float(ndtr(-abs(z.value))), z.n, "two-sided normal p-value of spiegelhalter_z"
    )
