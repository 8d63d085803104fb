"""What a student took over from each teacher: values of one trial, and terms for intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtkd import metrics
from mtkd.metrics import Committee, Inheritance, Metric, Pair
from mtkd.metrics import Predictions as Labelled
from mtkd.results.scored import Term


def compare(teacher: Labelled, student: Labelled, control: Labelled, tau: float) -> Inheritance:
    """Student and control held against one teacher on one domain."""
    return Inheritance(Pair(teacher, student, tau), Pair(teacher, control, tau))


def prefixed(teacher: str, values: Mapping[str, Metric]) -> dict[str, Metric]:
    """`{"ceir": ...}` as `{"inheritance/planted/ceir": ...}`."""
    return {f"inheritance/{teacher}/{name}": metric for name, metric in values.items()}


def inheritance_values(cell: Inheritance, placebo: Inheritance | None) -> dict[str, Metric]:
    """Everything about one student and one teacher on one domain, by name."""
    found = {
        "ceir": metrics.ceir(cell.student),
        "control_ceir": metrics.ceir(cell.compared()),
        "excess_ceir": metrics.excess_ceir(cell),
        "normalised_excess": metrics.normalised_excess(cell),
        "transferred_wrong_mass": metrics.transferred_wrong_mass(cell),
        "slope_wrong": metrics.inheritance_slope(cell),
        "slope_right": metrics.inheritance_slope(cell, "right"),
        "slope_asymmetry": metrics.slope_asymmetry(cell),
        **{f"fate_{name}": share for name, share in metrics.fates(cell.student).items()},
    }
    if placebo is not None:
        found["dd_ceir"] = metrics.dd_ceir(cell, placebo)
    return found


def control_values(pair: Pair) -> dict[str, Metric]:
    """What the labels-only student shares with a teacher that it never had."""
    fates = {f"fate_{name}": share for name, share in metrics.fates(pair).items()}
    return {"ceir": metrics.ceir(pair), **fates}


def matched_values(cell: Inheritance, placebo: Inheritance | None) -> dict[str, Metric]:
    """The part that is shown for temperature-scaled students."""
    found = {
        "ceir": metrics.ceir(cell.student),
        "control_ceir": metrics.ceir(cell.compared()),
        "excess_ceir": metrics.excess_ceir(cell),
        "transferred_wrong_mass": metrics.transferred_wrong_mass(cell),
        "slope_wrong": metrics.inheritance_slope(cell),
    }
    if placebo is not None:
        found["dd_ceir"] = metrics.dd_ceir(cell, placebo)
    return found


def endpoint_terms(cell: Inheritance, placebo: Inheritance | None) -> dict[str, Term]:
    """Terms of the double difference; of the plain excess in a study without a placebo."""
    excess = metrics.excess_ceir_items(cell)
    if placebo is None:
        return {"excess_ceir": Term(excess)}
    return {"dd_ceir": Term(excess, metrics.excess_ceir_items(placebo))}


def further_terms(cell: Inheritance) -> dict[str, Term]:
    """Terms of the secondary statistics."""
    right, wrong = (metrics.inheritance_slope_vector_items(cell, on) for on in ("right", "wrong"))
    return {
        "excess_ceir": Term(metrics.excess_ceir_items(cell)),
        "transferred_wrong_mass": Term(metrics.transferred_wrong_mass_items(cell)),
        "slope_wrong": Term(metrics.inheritance_slope_items(cell)),
        "slope_asymmetry": Term(wrong, right),
    }


def price_terms(student: Labelled, control: Labelled, tau: float) -> dict[str, Term]:
    """Terms of what a student gained or lost against its control, whatever the teacher."""
    return {
        "accuracy_difference": Term(metrics.accuracy_difference_items(student, control)),
        "confident_wrong_difference": Term(
            metrics.confident_wrong_difference_items(student, control, tau)
        ),
    }


def committee_values(
    names: Sequence[str],
    teachers: Mapping[str, Labelled],
    student: Labelled,
    control: Labelled,
    tau: float,
) -> dict[str, Metric]:
    """Where the student's confident errors come from, teacher by teacher of its own committee."""
    committee = Committee([teachers[name] for name in names], student, control, tau)
    joint = metrics.joint_slopes(committee)
    credit = metrics.mass_proportional_credit(committee)
    alone = metrics.sole_source(committee)
    found = {
        f"errors_{name}": count for name, count in metrics.error_taxonomy(committee).items()
    } | {"joint_slope_condition": joint.condition}
    for place, name in enumerate(names):
        found[f"credit/{name}"] = credit[place]
        found[f"sole_source/{name}"] = alone[place]
        found[f"joint_slope/{name}"] = joint.slopes[place]
    return found


def weighed_credit(
    weights: Mapping[str, float],
    teachers: Mapping[str, Labelled],
    student: Labelled,
    control: Labelled,
    tau: float,
) -> dict[str, Metric]:
    """Credit by mass times the weight each teacher had in training, by `credit/<name>/weighed`."""
    committee = Committee([teachers[name] for name in weights], student, control, tau)
    parts = metrics.mass_proportional_credit(committee, list(weights.values()))
    said = ", ".join(f"{name} {weight:.3g}" for name, weight in weights.items())
    return {
        f"credit/{name}/weighed": replace(part, convention=f"{part.convention}, w: {said}")
        for name, part in zip(weights, parts, strict=True)
    }


def blind_spot_values(
    teachers: Mapping[str, Labelled], student: Labelled, control: Labelled, tau: float
) -> dict[str, Metric]:
    """What a student makes of the errors that one, most or all of the study's teachers share."""
    committee = Committee(list(teachers.values()), student, control, tau)
    found = {"consensus_of_wrong": metrics.consensus_of_wrong(committee)}
    for end, model in (("", student), ("_control", control)):
        found[f"unanimous_ceir{end}"] = metrics.unanimous_ceir(committee, model)
        found[f"majority_ceir{end}"] = metrics.majority_ceir(committee, model)
        found[f"blind_spot_rescue{end}"] = metrics.blind_spot_rescue_rate(committee, model)
        for place, name in enumerate(teachers):
            rescued = metrics.blind_spot_rescue_rate(committee, model, place)
            found[f"blind_spot_rescue{end}/{name}"] = rescued
    return found
