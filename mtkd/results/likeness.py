"""How alike a student and a teacher are beyond confident errors: fidelity, mistakes, flips."""

from mtkd import metrics
from mtkd.metrics import Inheritance, Metric, Pair
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.spoken import spoken_comparison
from mtkd.results.scored import Term


def likeness_values(cell: Inheritance) -> dict[str, Metric]:
    """Secondary statistics of one student and one teacher on one domain, by name.

    KL and CAPA are left out where most classes are pooled into one outcome; vector slopes are
    then those of the pooled question. Only items count at which the teacher speaks.
    """
    cell = spoken_comparison(cell)
    student, control = cell.student, cell.compared()
    found = _of_pair(student) | {f"control_{k}": v for k, v in _of_pair(control).items()}
    found |= {
        "attributable_fraction": metrics.attributable_fraction(cell),
        "weighted_transferred_wrong_mass": metrics.weighted_transferred_wrong_mass(cell),
        "confident_transferred_wrong_mass": metrics.transferred_wrong_mass(cell, "confident_wrong"),
        "slope_vector_wrong": metrics.inheritance_slope_vector(cell),
        "slope_vector_right": metrics.inheritance_slope_vector(cell, "right"),
        "negative_flip_rate": metrics.negative_flip_rate(student.teacher, student.model),
        "positive_flip_rate": metrics.positive_flip_rate(student.teacher, student.model),
        "mcnemar_p": _mcnemar(student, control),
    }
    return found


def per_seed_values(cell: Inheritance) -> dict[str, Metric]:
    """Differences that are no ratio of sums over items: each seed gives one number."""
    cell = spoken_comparison(cell)
    student, control = cell.student, cell.compared()
    found = {
        "error_consistency_excess": metrics.error_consistency_excess(student, control),
        "coupling_excess": metrics.coupling_excess(cell),
    }
    if not student.model.pooled:
        found["capa_excess"] = metrics.capa_excess(student, control)
    return found


def likeness_terms(cell: Inheritance) -> dict[str, Term]:
    """Terms of the statistics here that are ratios of sums over items."""
    student, control = cell.student, cell.compared()
    wrong, right = (metrics.inheritance_slope_vector_items(cell, on) for on in ("wrong", "right"))
    return {
        "normalised_excess": Term(metrics.normalised_excess_items(cell)),
        "attributable_fraction": Term(metrics.attributable_fraction_items(cell)),
        "weighted_transferred_wrong_mass": Term(
            metrics.weighted_transferred_wrong_mass_items(cell)
        ),
        "slope_right": Term(metrics.inheritance_slope_items(cell, "right")),
        "slope_vector_wrong": Term(wrong),
        "slope_vector_right": Term(right),
        "same_wrong_excess": Term(
            metrics.same_wrong_items(student), metrics.same_wrong_items(control)
        ),
    }


def flip_values(student: Labelled, control: Labelled) -> dict[str, Metric]:
    """Items that only one of student and control gets right."""
    return {
        "negative_flip_rate_control": metrics.negative_flip_rate(control, student),
        "positive_flip_rate_control": metrics.positive_flip_rate(control, student),
    }


def _of_pair(pair: Pair) -> dict[str, Metric]:
    found = {
        "top1_agreement": metrics.top1_agreement(pair),
        "same_wrong_agreement": metrics.same_wrong_agreement(pair),
        "error_consistency": metrics.error_consistency(pair),
        "confidence_coupling": metrics.confidence_coupling(pair),
    }
    if not pair.model.pooled:
        found |= {"predictive_kl": metrics.predictive_kl(pair), "capa": metrics.capa(pair)}
    return found


def _mcnemar(student: Pair, control: Pair) -> Metric:
    """Of one seed: does the student repeat the confident errors more often than its control?"""
    inside = student.confident_wrong
    first, second = ((pair.follows & pair.sure)[inside] for pair in (student, control))
    return metrics.mcnemar_exact(first, second)
