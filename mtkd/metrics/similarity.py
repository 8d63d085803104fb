"""How alike a model and a teacher are, in what they answer and in where they fail."""

from collections.abc import Iterator

import numpy as np

from mtkd.metrics.base import Metric, measure, ratio
from mtkd.metrics.contributions import Contributions, mean_of, mean_over
from mtkd.metrics.inheritance import Inheritance, Pair
from mtkd.metrics.reduced import together


def top1_agreement(pair: Pair) -> Metric:
    """Share of items with the same top label, in [0, 1]. Stanton et al. 2021, arXiv 2106.05945."""
    return mean_of(pair.follows, "same top label, over all items").metric()


def predictive_kl(pair: Pair) -> Metric:
    """Mean KL(teacher || model), in nats, in [0, inf]; infinite if the model excludes a class."""
    n, convention = len(pair.model), "KL(teacher || model), nats"
    return measure(n, convention, lambda: sum(_divergences(pair)) / n)


def _divergences(pair: Pair) -> Iterator[float]:
    """Sums over blocks of items; a class that the teacher excludes adds nothing."""
    for _, (teacher, model) in together(pair.teacher.rows, pair.model.rows):
        given = teacher > 0
        with np.errstate(divide="ignore"):
            terms = teacher[given] * (np.log(teacher[given]) - np.log(model[given]))
        yield float(terms.sum())


def same_wrong_items(pair: Pair) -> Contributions:
    """Contributions to `same_wrong_agreement`."""
    degenerate = "" if pair.model.shape[1] > 2 else "; degenerate: always 1 for two classes"
    both = pair.teacher.wrong & pair.model.wrong
    return mean_over(pair.follows, both, f"same label given both wrong{degenerate}")


def same_wrong_agreement(pair: Pair) -> Metric:
    """Share with the same label among items that both get wrong, in [0, 1].

    n counts those items: student and control have different sets, so compare with care. High for
    independent models too (Kim et al. 2025 find 60 % for language models).
    """
    return same_wrong_items(pair).metric()


def error_consistency(pair: Pair) -> Metric:
    """Cohen's kappa of being right, (observed - expected) / (1 - expected), in [-1, 1].

    Expected is what two independent models of these accuracies share; NaN if it is 1.
    Geirhos et al. 2020, https://arxiv.org/abs/2006.16736.
    """

    def value() -> float:
        first, second = pair.teacher.correct.mean(), pair.model.correct.mean()
        observed = (pair.teacher.correct == pair.model.correct).mean()
        expected = first * second + (1 - first) * (1 - second)
        return ratio(observed - expected, 1 - expected)

    return measure(len(pair.model), "kappa of correctness, over all items", value)


def capa(pair: Pair) -> Metric:
    """Chance-adjusted probabilistic agreement, kappa_p, at most 1.

    Observed is mean <p_T, p_model>; expected is that of two models with these mean probabilities
    of the label which spread the rest evenly over the other classes. Goel et al. 2025,
    https://arxiv.org/abs/2502.04313.
    """

    def value() -> float:
        first, second = pair.teacher.label_probs.mean(), pair.model.label_probs.mean()
        both = together(pair.teacher.rows, pair.model.rows)
        observed = sum(float(np.vdot(*probs)) for _, probs in both) / len(pair.model)
        others = pair.model.shape[1] - 1
        expected = first * second + (1 - first) * (1 - second) / others
        return ratio(observed - expected, 1 - expected)

    return measure(len(pair.model), "CAPA, probabilistic, over all items", value)


def confidence_coupling(pair: Pair) -> Metric:
    """Spearman correlation over W of c_T with the model's p(t), in [-1, 1].

    NaN with fewer than 3 items or if either is constant; ties get mean ranks.
    """
    convention = "Spearman of c_T and p(t) on the teacher's errors"
    return measure(int(pair.teacher.wrong.sum()), convention, lambda: pair.coupling)


def coupling_excess(cell: Inheritance) -> Metric:
    """`confidence_coupling` of the student minus that of the control, on the same W, in [-2, 2]."""
    student, control = confidence_coupling(cell.student), confidence_coupling(cell.compared())
    return Metric(
        student.value - control.value, student.n, f"{student.convention}, student - control"
    )
