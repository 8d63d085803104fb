"""Selective prediction: does confidence put the right answers before the wrong ones?

Items are accepted from the most confident down. Equal confidences are never ordered by their row:
each formula takes complete groups of them, or the expectation over their orders.
"""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.checks import top_label
from mtkd.metrics.ranking import Ranking, alarms_at_hits, auroc, average_precision, steps
from mtkd.metrics.ties import ties


def expected_risks(predictions: ArrayLike, truth: ArrayLike) -> Floats:
    """`[n]`: error rate of the k most confident items, k = 1..n, expected over orders of ties."""
    return _risks(errors_by_confidence(predictions, truth))


def errors_by_confidence(predictions: ArrayLike, truth: ArrayLike) -> Ranking:
    """The one ranking that everything here reads: errors are positive, the surest come first."""
    return ties(*top_label(predictions, truth)).errors()


def aurc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Area under the risk-coverage curve: mean over k of `expected_risks`, in [0, 1].

    Geifman et al. 2019, https://arxiv.org/abs/1805.08206, who leave ties to the row
    order; other libraries use trapezoids (fd-shifts, torch-uncertainty) and get other values.
    """
    return _aurc(errors_by_confidence(predictions, truth))


def _aurc(errors: Ranking) -> Metric:
    text = "mean selective risk over k = 1..n, expected over ties"
    return measure(errors.n, text, lambda: _risks(errors).mean())


def _risks(errors: Ranking) -> Floats:
    sizes = steps(errors.taken)
    each = np.repeat(steps(errors.positives) / sizes, sizes)
    risks: Floats = np.cumsum(each) / np.arange(1, len(each) + 1)
    return risks


def e_aurc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """`aurc` minus the AURC of an oracle that puts every error last, in [0, 1].

    The oracle is the discrete one, (1/n) sum_k max(0, k - right) / k, like `aurc` itself.
    """
    return _e_aurc(errors_by_confidence(predictions, truth))


def _e_aurc(errors: Ranking) -> Metric:
    def value() -> float:
        counts = np.arange(1, errors.n + 1)
        right = errors.n - errors.positives[-1]
        oracle = (counts - right).clip(min=0) / counts
        return float(_risks(errors).mean() - oracle.mean())

    return measure(errors.n, "aurc - discrete oracle", value)


def augrc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Area under the generalised risk (errors accepted / n) over coverage, in [0, 1/2].

    Equals (1 - auroc_errors) acc (1 - acc) + (1 - acc)^2 / 2. Traub et al. 2024,
    https://arxiv.org/abs/2407.01032.
    """
    return _augrc(errors_by_confidence(predictions, truth))


def _augrc(errors: Ranking) -> Metric:
    return measure(errors.n, "trapezoids over complete tie groups", lambda: _generalised(errors))


def _generalised(errors: Ranking) -> float:
    middle = errors.positives - steps(errors.positives) / 2
    return float((steps(errors.taken) * middle).sum() / errors.n**2)


def e_augrc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """`augrc` minus the best possible at this accuracy, (1 - acc)^2 / 2."""
    return _e_augrc(errors_by_confidence(predictions, truth))


def _e_augrc(errors: Ranking) -> Metric:
    def value() -> float:
        return _generalised(errors) - float(errors.positives[-1] / errors.n) ** 2 / 2

    return measure(errors.n, "augrc - (1 - accuracy)^2 / 2", value)


def auroc_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """P(a right item is more confident than a wrong one), ties half; NaN if all are alike.

    Not comparable between models of different accuracy; `augrc` is.
    """
    return _auroc(errors_by_confidence(predictions, truth))


def _auroc(errors: Ranking) -> Metric:
    convention = "correct is positive, score is confidence, ties half"
    return measure(errors.n, convention, lambda: auroc(errors.flipped()))


def aupr_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Average precision of finding errors by low confidence, in [0, 1]; NaN if all are alike."""
    return _aupr(errors_by_confidence(predictions, truth))


def _aupr(errors: Ranking) -> Metric:
    convention = "error is positive, score is -confidence, average precision"
    return measure(errors.n, convention, lambda: average_precision(errors.backwards()))


def fpr95_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Share of errors accepted when at least 95 % of the right items are; NaN if all are alike."""
    return _fpr95(errors_by_confidence(predictions, truth))


def _fpr95(errors: Ranking) -> Metric:
    convention = "correct is positive, 95 % of it accepted, complete tie groups"
    return measure(errors.n, convention, lambda: alarms_at_hits(errors.flipped(), 0.95))


def selective_metrics(predictions: ArrayLike, truth: ArrayLike) -> dict[str, Metric]:
    """All metrics of this file by name, items sorted only once."""
    errors = errors_by_confidence(predictions, truth)
    return {
        "aurc": _aurc(errors),
        "e_aurc": _e_aurc(errors),
        "augrc": _augrc(errors),
        "e_augrc": _e_augrc(errors),
        "auroc_errors": _auroc(errors),
        "aupr_errors": _aupr(errors),
        "fpr95_errors": _fpr95(errors),
    }
