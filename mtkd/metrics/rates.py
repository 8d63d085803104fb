"""How sure a model is, and how often it is sure and wrong."""

from numpy.typing import ArrayLike

from mtkd.metrics.base import Metric, check_share, measure
from mtkd.metrics.checks import top_label


def mean_confidence(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Mean probability of the most likely class, in (0, 1]."""
    confidence, _ = top_label(predictions, truth)
    return measure(len(confidence), "top label", confidence.mean)


def signed_gap(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Mean confidence minus accuracy, in [-1, 1]: positive is overconfident on average."""
    confidence, correct = top_label(predictions, truth)
    return measure(
        len(confidence),
        "mean confidence - accuracy",
        lambda: confidence.mean() - correct.mean(),
    )


def mean_confidence_on_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Mean confidence over the wrong items, in (0, 1]; n counts those, NaN without any."""
    confidence, correct = top_label(predictions, truth)
    wrong = confidence[~correct]
    return measure(len(wrong), "over wrong items", wrong.mean)


def confident_wrong_rate(predictions: ArrayLike, truth: ArrayLike, tau: float = 0.9) -> Metric:
    """Share of all items that are wrong with confidence of at least tau, in [0, 1]."""
    check_share(tau, "tau")
    confidence, correct = top_label(predictions, truth)
    return measure(
        len(confidence),
        f"wrong and confidence >= {tau:g}, over all items",
        lambda: (~correct & (confidence >= tau)).mean(),
    )
