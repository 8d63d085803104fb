"""Everything a report shows about one model, and about one student against one teacher."""

from collections.abc import Callable

from mtkd.metrics import coverage, proper, rates, selective, similarity, smooth
from mtkd.metrics import mass as moved
from mtkd.metrics.base import Metric
from mtkd.metrics.calibration import binned_errors
from mtkd.metrics.ceir import attributable_fraction, ceir, excess_ceir, fates, normalised_excess
from mtkd.metrics.classwise import classwise_ece
from mtkd.metrics.corp import corp
from mtkd.metrics.flips import negative_flip_rate, positive_flip_rate
from mtkd.metrics.inheritance import Inheritance, Pair
from mtkd.metrics.predictions import Predictions

TOP_LABEL = (
    proper.accuracy,
    proper.top_label_brier,
    proper.spiegelhalter_z,
    rates.mean_confidence,
    rates.signed_gap,
    rates.mean_confidence_on_errors,
    smooth.smooth_ece,
    smooth.ks_ce,
)
"""Metrics of confidence and correctness alone, with their default conventions."""

COMPARED: dict[str, Callable[[Inheritance], Metric]] = {
    "excess_ceir": excess_ceir,
    "normalised_excess": normalised_excess,
    "attributable_fraction": attributable_fraction,
    "transferred_wrong_mass": moved.transferred_wrong_mass,
    "weighted_transferred_wrong_mass": moved.weighted_transferred_wrong_mass,
    "confident_transferred_wrong_mass": lambda cell: moved.transferred_wrong_mass(
        cell, "confident_wrong"
    ),
    "slope_wrong": moved.inheritance_slope,
    "slope_right": lambda cell: moved.inheritance_slope(cell, "right"),
    "slope_vector_wrong": moved.inheritance_slope_vector,
    "slope_vector_right": lambda cell: moved.inheritance_slope_vector(cell, "right"),
    "slope_asymmetry": moved.slope_asymmetry,
    "coupling_excess": similarity.coupling_excess,
    "negative_flip_rate_of_control": lambda cell: negative_flip_rate(
        cell.compared().model, cell.student.model
    ),
}
"""Statistics that need a control."""


def model_metrics(model: Predictions, tau: float = 0.9) -> dict[str, Metric]:
    """Proper scores, calibration, selective prediction and rates of one model, by name."""
    pair = (model.confidence, model.correct)
    found = {metric.__name__: metric(*pair) for metric in TOP_LABEL} | binned_errors(*pair)
    found |= selective.selective_metrics(*pair)
    found["nll"] = proper.nll_of(model)
    found["brier"] = proper.brier_of(model)
    found["classwise_ece"] = classwise_ece(model.rows, model.labels)
    found["confident_wrong_rate"] = rates.confident_wrong_rate(*pair, tau=tau)
    found["risk_at_coverage@0.8"] = coverage.risk_at_coverage(*pair, coverage=0.8)
    found["coverage_at_risk@0.05"] = coverage.coverage_at_risk(*pair, risk=0.05)
    return found | {f"corp_{name}": part for name, part in corp(*pair).items()}


def pair_statistics(pair: Pair) -> dict[str, Metric]:
    """What one model shares with one teacher, whether or not that one taught it."""
    return {
        "ceir": ceir(pair),
        **fates(pair),
        "top1_agreement": similarity.top1_agreement(pair),
        "predictive_kl": similarity.predictive_kl(pair),
        "same_wrong_agreement": similarity.same_wrong_agreement(pair),
        "error_consistency": similarity.error_consistency(pair),
        "capa": similarity.capa(pair),
        "confidence_coupling": similarity.confidence_coupling(pair),
        "negative_flip_rate": negative_flip_rate(pair.teacher, pair.model),
        "positive_flip_rate": positive_flip_rate(pair.teacher, pair.model),
    }


def inheritance_statistics(cell: Inheritance) -> dict[str, Metric | None]:
    """`pair_statistics` of the student, of the control ("control/..."), and what compares both.

    Without a control the latter two are None: there is nothing to subtract.
    """
    own = pair_statistics(cell.student)
    control = None if cell.control is None else pair_statistics(cell.control)
    return {
        **own,
        **{f"control/{name}": None if control is None else control[name] for name in own},
        **{name: None if control is None else value(cell) for name, value in COMPARED.items()},
    }
