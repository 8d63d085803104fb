"""Chance-corrected likeness of student and teacher, beyond that of the control and the teacher."""

from collections.abc import Callable

from mtkd.metrics.base import Metric
from mtkd.metrics.inheritance import Pair
from mtkd.metrics.similarity import capa, error_consistency


def error_consistency_excess(student: Pair, control: Pair) -> Metric:
    """`error_consistency` of student and teacher minus that of control and teacher, in [-2, 2].

    Positive: the student is right and wrong on the same items as the teacher more than accuracy
    and the shared difficulty of the items explain.
    """
    return _difference(error_consistency, student, control)


def capa_excess(student: Pair, control: Pair) -> Metric:
    """`capa` of student and teacher minus that of control and teacher."""
    return _difference(capa, student, control)


def _difference(metric: Callable[[Pair], Metric], student: Pair, control: Pair) -> Metric:
    if student.teacher is not control.teacher:
        raise ValueError(
            "student and control must be held against the same teacher; build both pairs from one "
            "Predictions"
        )
    own, base = metric(student), metric(control)
    return Metric(own.value - base.value, own.n, f"{own.convention}, student - control")
