"""Regressions: items that a reference gets right and a model gets wrong, and the reverse."""

from mtkd.metrics.base import Metric, check_share
from mtkd.metrics.contributions import Contributions, mean_of
from mtkd.metrics.predictions import Predictions
from mtkd.metrics.sameness import same_labels


def negative_flip_items(reference: Predictions, model: Predictions) -> Contributions:
    """Contributions to `negative_flip_rate`."""
    same_labels(reference, model)
    return mean_of(reference.correct & model.wrong, "reference right, model wrong, over all items")


def negative_flip_rate(reference: Predictions, model: Predictions) -> Metric:
    """NFR: share of all items that the reference (teacher, control, ...) alone gets right.

    Yan et al. 2021, https://arxiv.org/abs/2011.09161.
    """
    return negative_flip_items(reference, model).metric()


def positive_flip_rate(reference: Predictions, model: Predictions) -> Metric:
    """PFR: share of all items that the model alone gets right, in [0, 1]."""
    same_labels(reference, model)
    event = reference.wrong & model.correct
    return mean_of(event, "reference wrong, model right, over all items").metric()


def confident_negative_flip_rate(
    reference: Predictions, model: Predictions, tau: float = 0.9
) -> Metric:
    """The part of `negative_flip_rate` where the model is wrong with confidence >= tau."""
    check_share(tau, "tau")
    same_labels(reference, model)
    event = reference.correct & model.wrong & model.confident(tau)
    convention = f"reference right, model wrong with confidence >= {tau:g}, over all items"
    return mean_of(event, convention).metric()


def accuracy_difference_items(first: Predictions, second: Predictions) -> Contributions:
    """Contributions to accuracy(first) - accuracy(second) on the same items."""
    same_labels(first, second)
    difference = first.correct.astype(float) - second.correct
    return mean_of(difference, "accuracy difference, paired items")


def confident_wrong_items(model: Predictions, tau: float = 0.9) -> Contributions:
    """Contributions to `confident_wrong_rate`."""
    check_share(tau, "tau")
    return mean_of(
        model.wrong & model.confident(tau), f"wrong and confidence >= {tau:g}, over all items"
    )


def confident_wrong_difference_items(
    first: Predictions, second: Predictions, tau: float = 0.9
) -> Contributions:
    """Contributions to the confident-wrong rate of `first` minus that of `second`."""
    check_share(tau, "tau")
    same_labels(first, second)
    event = (first.wrong & first.confident(tau)).astype(float)
    return mean_of(
        event - (second.wrong & second.confident(tau)),
        f"difference of rates of wrong and confidence >= {tau:g}, paired items",
    )
