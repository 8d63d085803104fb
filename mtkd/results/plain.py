"""Metrics of one model on one domain, by the names that results.csv uses."""

from collections.abc import Iterator

import numpy as np

from mtkd import metrics
from mtkd.metrics import Answers, LogRows, Metric
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.spoken import spoken
from mtkd.predictions import Predictions
from mtkd.results.models import CLEAN, VALIDATION, Opinions
from mtkd.results.tokens import Candidates
from mtkd.results.values import SCALED, Row, rows_of
from mtkd.token_predictions import TokenPredictions

ALL_CLASSES = ("brier", "classwise_ece")
"""Metrics of every class, which say nothing once most classes are pooled into one."""


def labelled_metrics(model: Labelled, tau: float) -> dict[str, Metric]:
    """Accuracy, proper scores, calibration and selective prediction of a labelled domain."""
    sure, right = model.confidence, model.correct
    return {
        **basic_metrics(model, tau),
        **({} if model.pooled else {"brier": metrics.brier_of(model)}),
        "equal_mass_ece": metrics.equal_mass_ece(sure, right),
        "debiased_l2": metrics.debiased_l2(sure, right),
        "augrc": metrics.augrc(sure, right),
        "auroc_errors": metrics.auroc_errors(sure, right),
        "mean_confidence": metrics.mean_confidence(sure, right),
    }


def basic_metrics(model: Labelled, tau: float) -> dict[str, Metric]:
    """The part that is measured wherever a model goes, temperature-scaled under shift too."""
    sure, right = model.confidence, model.correct
    return {
        "accuracy": metrics.accuracy(sure, right),
        "nll": metrics.nll_of(model),
        "ece": metrics.ece(sure, right),
        "signed_gap": metrics.signed_gap(sure, right),
        "confident_wrong_rate": metrics.confident_wrong_rate(sure, right, tau),
        "aurc": metrics.aurc(sure, right),
    }


def complete_metrics(model: Labelled, tau: float) -> dict[str, Metric]:
    """Every metric of one model, for its clean items, where a reader looks for any of them."""
    sure, right = model.confidence, model.correct
    found = metrics.model_metrics(model, tau) | {
        "ece_sweep": metrics.ece_sweep(sure, right),
        "spiegelhalter_p": metrics.spiegelhalter_p(sure, right),
    }
    if model.pooled:
        return {name: metric for name, metric in found.items() if name not in ALL_CLASSES}
    return found | {"full_ece": metrics.full_ece(model.rows, model.labels)}


def answers_alone(predictions: Predictions | TokenPredictions) -> Labelled:
    """What one prediction file says where there is a valid label, without any other model's."""
    if isinstance(predictions, TokenPredictions):
        return spoken(Candidates(()).labelled("", predictions))
    known = predictions.labels >= 0
    if predictions.present is not None:
        known &= predictions.present
    return Labelled(LogRows(predictions.log_probs[known]), predictions.labels[known])


def plain_metrics(
    predictions: Predictions | TokenPredictions, tau: float = 0.9
) -> dict[str, Metric]:
    """What one prediction file says by itself, by name.

    Without any valid label, only how sure the model is; of one that is always silent, nothing.
    """
    present = predictions.present
    if present is not None and not present.any():
        return {}
    if isinstance(predictions, TokenPredictions):
        return labelled_metrics(answers_alone(predictions), tau)
    if present is not None:
        predictions = predictions.take(present)
    probs, labels = LogRows(predictions.log_probs), predictions.labels
    if (labels < 0).all():
        return _sureness(Answers(probs), tau)
    model = Labelled(probs, labels)
    smooth = metrics.smooth_ece(model.confidence, model.correct)
    return labelled_metrics(model, tau) | {"smooth_ece": smooth}


def _sureness(outside: Answers, tau: float) -> dict[str, Metric]:
    """An out-of-distribution item has no right answer: every confident answer is a wrong one."""
    never_right = np.zeros(len(outside), dtype=bool)
    return {
        "mean_confidence": metrics.mean_confidence(outside.confidence, never_right),
        "share_confident": metrics.confident_wrong_rate(outside.confidence, never_right, tau),
    }


def ood_metrics(inside: Answers, outside: Answers, tau: float) -> dict[str, Metric]:
    """How well confidence tells nonsense from clean items, and how sure the model is of it."""
    scores = 1 - inside.confidence, 1 - outside.confidence
    return {
        "ood_auroc": metrics.ood_auroc(*scores),
        "ood_fpr95": metrics.ood_fpr95_id_positive(*scores),
        "ood_fpr95_ood_positive": metrics.ood_fpr95_ood_positive(*scores),
        "ood_aupr_out": metrics.ood_aupr_out(*scores),
        "ood_aupr_in": metrics.ood_aupr_in(*scores),
        **_sureness(outside, tau),
    }


def plain_rows(trial: str, model: str, said: Opinions, tau: float) -> Iterator[Row]:
    """Rows of one model on all domains; on validation only what models are chosen by."""
    for domain, answers in said.labelled.items():
        yield from rows_of(trial, model, domain, _of_domain(model, domain, answers, tau))
    for domain, outside in said.unlabelled.items():
        if CLEAN in said.labelled:
            found = ood_metrics(said.labelled[CLEAN], outside, tau)
            yield from rows_of(trial, model, domain, found)


def spoke_rows(trial: str, model: str, said: Opinions) -> Iterator[Row]:
    """At which share of a domain's items a model speaks, where it is silent about some."""
    for domain, answers in {**said.labelled, **said.unlabelled}.items():
        if answers.spoke is not None:
            share = Metric(float(answers.spoke.mean()), len(answers), "spoke / all items")
            yield from rows_of(trial, model, domain, {"spoke": share})


def _of_domain(model: str, domain: str, said: Labelled, tau: float) -> dict[str, Metric]:
    """The whole set on clean items only: smooth ECE costs as much as all the others together."""
    if domain == VALIDATION:
        return {
            "accuracy": metrics.accuracy(said.confidence, said.correct),
            "nll": metrics.nll_of(said),
        }
    if domain == CLEAN:
        if model != SCALED:
            return complete_metrics(said, tau)
        smooth = metrics.smooth_ece(said.confidence, said.correct)
        return labelled_metrics(said, tau) | {"smooth_ece": smooth}
    return basic_metrics(said, tau) if model == SCALED else labelled_metrics(said, tau)
