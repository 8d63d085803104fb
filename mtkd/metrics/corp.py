"""The Brier score of the top label, taken apart without bins."""

from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.checks import top_label
from mtkd.metrics.ties import ties


def corp(predictions: ArrayLike, truth: ArrayLike) -> dict[str, Metric]:
    """Top-label Brier = miscalibration - discrimination + uncertainty, exactly.

        miscalibration = B(confidence) - B(recalibrated)     >= 0, smaller is better
        discrimination = B(accuracy)   - B(recalibrated)     >= 0, larger is better
        uncertainty    = B(accuracy)   = accuracy (1 - accuracy)

    with B the mean squared distance to correctness and `recalibrated` the isotonic
    regression of correctness on confidence, equal confidences pooled. Dimitriadis et al. 2021,
    https://arxiv.org/abs/2008.03033.
    """
    groups = ties(*top_label(predictions, truth))
    convention = "CORP: isotonic recalibration of the top label"

    def brier(forecast: Floats | float) -> float:
        """Of one forecast for each group of equal confidences."""
        right, wrong = groups.hits, groups.size - groups.hits
        return float((right * (1 - forecast) ** 2 + wrong * forecast**2).sum() / n)

    n = groups.n
    rates = groups.hits / groups.size
    best = isotonic_regression(rates, weights=groups.size).x if n else rates
    accuracy = groups.hits.sum() / max(n, 1)
    return {
        "miscalibration": measure(n, convention, lambda: brier(groups.value) - brier(best)),
        "discrimination": measure(n, convention, lambda: brier(accuracy) - brier(best)),
        "uncertainty": measure(n, convention, lambda: brier(accuracy)),
    }
