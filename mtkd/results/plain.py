"""Metrics of one model on one domain, by the names that results.csv uses."""

from collections.abc import Iterator

import numpy as np

from mtkd import metrics
from mtkd.metrics import Answers, Metric, from_log_probs
from mtkd.metrics import Predictions as Labelled
from mtkd.predictions import Predictions
from mtkd.results.models import CLEAN, VALIDATION, Opinions
from mtkd.results.values import Row, rows_of


def labelled_metrics(model: Labelled, tau: float, smooth: bool = True) -> dict[str, Metric]:
    """Accuracy, proper scores, calibration and selective prediction of a labelled domain.

    Args:
        smooth: Include smooth ECE, which costs as much as all the others.
    """
    sure, right = model.confidence, model.correct
    found = {
        "accuracy": metrics.accuracy(sure, right),
        "nll": metrics.nll(model.probs, model.labels),
        "brier": metrics.brier(model.probs, model.labels),
        "ece": metrics.ece(sure, right),
        "equal_mass_ece": metrics.equal_mass_ece(sure, right),
        "debiased_l2": metrics.debiased_l2(sure, right),
        "signed_gap": metrics.signed_gap(sure, right),
        "confident_wrong_rate": metrics.confident_wrong_rate(sure, right, tau),
        "aurc": metrics.aurc(sure, right),
        "augrc": metrics.augrc(sure, right),
        "auroc_errors": metrics.auroc_errors(sure, right),
        "mean_confidence": metrics.mean_confidence(sure, right),
    }
    return found | ({"smooth_ece": metrics.smooth_ece(sure, right)} if smooth else {})


def plain_metrics(predictions: Predictions, tau: float = 0.9) -> dict[str, Metric]:
    """What one prediction file says by itself, by name.

    Without any valid label, only how sure the model is.
    """
    probs, labels = from_log_probs(predictions.log_probs), predictions.labels
    if (labels < 0).all():
        return _sureness(Answers(probs), tau)
    return labelled_metrics(Labelled(probs, labels), tau)


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
        **_sureness(outside, tau),
    }


def plain_rows(trial: str, model: str, said: Opinions, tau: float) -> Iterator[Row]:
    """Rows of one model on all domains; on validation only what models are chosen by.

    Smooth ECE is measured on the clean domain only.
    """
    held_out = said.labelled[VALIDATION]
    chosen_by = {
        "accuracy": metrics.accuracy(held_out.confidence, held_out.correct),
        "nll": metrics.nll(held_out.probs, held_out.labels),
    }
    yield from rows_of(trial, model, VALIDATION, chosen_by)
    for domain, answers in said.labelled.items():
        if domain != VALIDATION:
            found = labelled_metrics(answers, tau, smooth=domain == CLEAN)
            yield from rows_of(trial, model, domain, found)
    for domain, outside in said.unlabelled.items():
        if CLEAN in said.labelled:
            found = ood_metrics(said.labelled[CLEAN], outside, tau)
            yield from rows_of(trial, model, domain, found)
