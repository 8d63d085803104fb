"""Selective prediction: does confidence put the right answers before the wrong ones?

Items are accepted from the most confident down. Equal confidences are never ordered by their row:
each formula takes complete groups of them, or the expectation over their orders.
"""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.checks import top_label
from mtkd.metrics.ranking import Ranking, alarms_at_hits, auroc, average_precision, rank, steps


def expected_risks(predictions: ArrayLike, truth: ArrayLike) -> Floats:
    """`[n]`: error rate of the k most confident items, k = 1..n, expected over orders of ties."""
    confidence, correct = top_label(predictions, truth)
    return _risks(rank(confidence, ~correct))


def _risks(errors_first: Ranking) -> Floats:
    sizes = steps(errors_first.taken)
    each = np.repeat(steps(errors_first.positives) / sizes, sizes)
    risks: Floats = np.cumsum(each) / np.arange(1, len(each) + 1)
    return risks


def aurc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Area under the risk-coverage curve: mean over k of `expected_risks`, in [0, 1].

    Geifman et al. 2019, https://arxiv.org/abs/1805.08206, who leave ties to the row
    order; other libraries use trapezoids (fd-shifts, torch-uncertainty) and get other values.
    """
    risks = expected_risks(predictions, truth)
    return measure(len(risks), "mean selective risk over k = 1..n, expected over ties", risks.mean)


def e_aurc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """`aurc` minus the AURC of an oracle that puts every error last, in [0, 1].

    The oracle is the discrete one, (1/n) sum_k max(0, k - right) / k, like `aurc` itself.
    """
    confidence, correct = top_label(predictions, truth)
    risks = _risks(rank(confidence, ~correct))
    counts = np.arange(1, len(correct) + 1)
    oracle = (counts - correct.sum()).clip(min=0) / counts
    return measure(len(risks), "aurc - discrete oracle", lambda: risks.mean() - oracle.mean())


def augrc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Area under the generalised risk (errors accepted / n) over coverage, in [0, 1/2].

    Equals (1 - auroc_errors) acc (1 - acc) + (1 - acc)^2 / 2. Traub et al. 2024,
    https://arxiv.org/abs/2407.01032.
    """
    confidence, correct = top_label(predictions, truth)
    return measure(
        len(correct),
        "trapezoids over complete tie groups",
        lambda: _generalised(rank(confidence, ~correct)),
    )


def _generalised(errors_first: Ranking) -> float:
    middle = errors_first.positives - steps(errors_first.positives) / 2
    return float((steps(errors_first.taken) * middle).sum() / errors_first.n**2)


def e_augrc(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """`augrc` minus the best possible at this accuracy, (1 - acc)^2 / 2."""
    confidence, correct = top_label(predictions, truth)

    def value() -> float:
        return _generalised(rank(confidence, ~correct)) - float((~correct).mean()) ** 2 / 2

    return measure(len(correct), "augrc - (1 - accuracy)^2 / 2", value)


def auroc_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """P(a right item is more confident than a wrong one), ties half; NaN if all are alike.

    Not comparable between models of different accuracy; `augrc` is.
    """
    confidence, correct = top_label(predictions, truth)
    convention = "correct is positive, score is confidence, ties half"
    return measure(len(correct), convention, lambda: auroc(rank(confidence, correct)))


def aupr_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Average precision of finding errors by low confidence, in [0, 1]; NaN if all are alike."""
    confidence, correct = top_label(predictions, truth)
    convention = "error is positive, score is -confidence, average precision"
    return measure(len(correct), convention, lambda: average_precision(rank(-confidence, ~correct)))


def fpr95_errors(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """Share of errors accepted when at least 95 % of the right items are; NaN if all are alike."""
    confidence, correct = top_label(predictions, truth)
    convention = "correct is positive, 95 % of it accepted, complete tie groups"
    ranking = rank(confidence, correct)
    return measure(len(correct), convention, lambda: alarms_at_hits(ranking, 0.95))
