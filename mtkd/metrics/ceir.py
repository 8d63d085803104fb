"""Confident-error inheritance rate (CEIR): how often a teacher's confident error is the student's.

Every statistic here is a ratio of sums over CW, so each comes twice: as a `Metric`, and with the
suffix `_items` as `Contributions` for a bootstrap.
"""

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.contributions import Contributions, mean_over
from mtkd.metrics.inheritance import Inheritance, Pair


def ceir_items(pair: Pair) -> Contributions:
    """Contributions to `ceir`."""
    return mean_over(pair.follows & pair.sure, pair.confident_wrong, _text("CEIR", pair))


def ceir(pair: Pair) -> Metric:
    """Share of CW on which the model gives the teacher's wrong label with c >= tau, in [0, 1].

    For the control this is coincidence: shared difficulty and label noise, without teaching.
    """
    return ceir_items(pair).metric()


def fates(pair: Pair) -> dict[str, Metric]:
    """What became of the CW items, four shares that sum to 1.

    inherited_confident (= `ceir`), inherited_unsure (same wrong label, c < tau), other_wrong
    (another wrong label), corrected (the true label).
    """
    events = {
        "inherited_confident": pair.follows & pair.sure,
        "inherited_unsure": pair.follows & ~pair.sure,
        "other_wrong": pair.model.wrong & ~pair.follows,
        "corrected": pair.model.correct,
    }
    return {
        name: mean_over(event, pair.confident_wrong, _text(name, pair)).metric()
        for name, event in events.items()
    }


def excess_ceir_items(cell: Inheritance) -> Contributions:
    """Contributions to `excess_ceir`."""
    return mean_over(
        _difference(cell), cell.student.confident_wrong, _text("excess CEIR", cell.student)
    )


def excess_ceir(cell: Inheritance) -> Metric:
    """CEIR of the student minus CEIR of the control on the same CW, in [-1, 1]."""
    return excess_ceir_items(cell).metric()


def normalised_excess_items(cell: Inheritance) -> Contributions:
    """Contributions to `normalised_excess`."""
    inside = cell.student.confident_wrong
    room = inside & ~(cell.compared().follows & cell.compared().sure)
    convention = _text("excess CEIR / (1 - control CEIR)", cell.student)
    return Contributions(
        _difference(cell) * inside, room.astype(float), int(inside.sum()), convention
    )


def normalised_excess(cell: Inheritance) -> Metric:
    """Excess over what the control left possible, at most 1; NaN if the control's CEIR is 1."""
    return normalised_excess_items(cell).metric()


def attributable_fraction_items(cell: Inheritance) -> Contributions:
    """Contributions to `attributable_fraction`."""
    inside = cell.student.confident_wrong
    hit = inside & cell.student.follows & cell.student.sure
    convention = _text("excess CEIR / student CEIR", cell.student)
    return Contributions(
        _difference(cell) * inside, hit.astype(float), int(inside.sum()), convention
    )


def attributable_fraction(cell: Inheritance) -> Metric:
    """Part of the student's CEIR that the control does not show, at most 1; NaN if CEIR is 0."""
    return attributable_fraction_items(cell).metric()


def dd_ceir(real: Inheritance, placebo: Inheritance) -> Metric:
    """Excess CEIR of a teacher minus that of a placebo teacher that never taught, in [-2, 2].

    Distillation makes a student sharper, which raises its excess for every teacher; the placebo
    measures that part. NaN if either CW is empty; n counts the real teacher's.
    """
    taught, spurious = excess_ceir(real), excess_ceir(placebo)
    convention = f"{taught.convention}, minus the same for a placebo with n_CW = {spurious.n}"
    return measure(taught.n, convention, lambda: taught.value - spurious.value)


def _difference(cell: Inheritance) -> Floats:
    """`[n]`: 1 where only the student follows confidently, -1 where only the control does."""
    student, control = cell.student, cell.compared()
    return (student.follows & student.sure).astype(float) - (control.follows & control.sure)


def _text(name: str, pair: Pair) -> str:
    own = "" if pair.model_tau is None else f", model's own tau {pair.model_tau:g}"
    return f"{name} on the teacher's confident errors, tau {pair.tau:g}{own}"
