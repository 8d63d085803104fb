"""The Brier score of the top label, taken apart without bins."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from mtkd.metrics.base import Booleans, Floats, Metric, measure
from mtkd.metrics.checks import top_label


def corp(predictions: ArrayLike, truth: ArrayLike) -> dict[str, Metric]:
    """Top-label Brier = miscalibration - discrimination + uncertainty, exactly.

        miscalibration = B(confidence) - B(recalibrated)     >= 0, smaller is better
        discrimination = B(accuracy)   - B(recalibrated)     >= 0, larger is better
        uncertainty    = B(accuracy)   = accuracy (1 - accuracy)

    with B the mean squared distance to correctness and `recalibrated` the isotonic
    regression of correctness on confidence, equal confidences pooled. Dimitriadis et al. 2021,
    https://arxiv.org/abs/2008.03033.
    """
    confidence, correct = top_label(predictions, truth)
    best = _recalibrated(confidence, correct)
    convention = "CORP: isotonic recalibration of the top label"

    def brier(forecast: Floats | float) -> float:
        return float(((forecast - correct) ** 2).mean())

    n = len(correct)
    return {
        "miscalibration": measure(n, convention, lambda: brier(confidence) - brier(best)),
        "discrimination": measure(n, convention, lambda: brier(correct.mean()) - brier(best)),
        "uncertainty": measure(n, convention, lambda: brier(correct.mean())),
    }


def _recalibrated(confidence: Floats, correct: Booleans) -> Floats:
    """`[n]`: the non-decreasing function of confidence nearest to correctness."""
    if not len(confidence):
        return confidence
    _, place, sizes = np.unique(confidence, return_inverse=True, return_counts=True)
    rates = np.bincount(place, weights=correct) / sizes
    fitted: Floats = isotonic_regression(rates, weights=sizes).x[place]
    return fitted
