"""What an interval allows to say about a student, and the words for statistics."""

import math
from enum import Enum

from mtkd.report.numbers import fixed, interval
from mtkd.results import Estimate, Group, Results, Teacher

MARGIN = 0.1
"""The smallest inheritance of interest: an interval that ends below it rules inheritance out."""

NAMES = {
    "dd_ceir": "DD-CEIR",
    "excess_ceir": "excess CEIR",
    "transferred_wrong_mass": "transferred wrong mass",
    "slope_wrong": "inheritance slope",
    "slope_asymmetry": "slope asymmetry",
}


class Reading(Enum):
    """How a student's inheritance reads; the value is a CSS class."""

    INHERITS = "inherits"
    FREE = "free"
    OPEN = "open"


def read(estimate: Estimate | None) -> Reading:
    """Inherits: the interval lies above 0. Free: it ends below `MARGIN`. Open: neither."""
    if estimate is None or math.isnan(estimate.low):
        return Reading.OPEN
    if estimate.low > 0:
        return Reading.INHERITS
    return Reading.FREE if estimate.high < MARGIN else Reading.OPEN


def endpoint(results: Results, group: Group, model: str = "student") -> Estimate | None:
    """The primary endpoint of a group, or the same of its temperature-scaled version."""
    if results.main is None:
        return None
    return results.estimate(group, results.main.name, "clean", results.endpoint, model)


def words(estimate: Estimate | None, digits: int = 2) -> str:
    """`+0.59 [+0.45, +0.70]`."""
    if estimate is None:
        return fixed(None)
    span = interval(estimate.low, estimate.high, digits)
    return f"{fixed(estimate.value, digits, True)} {span}".strip()


def named(statistic: str) -> str:
    """The statistic as readers know it."""
    return NAMES.get(statistic, statistic.replace("_", " "))


def shown(results: Results) -> list[Group]:
    """Groups with results, cells first; of the single-teacher controls only the best.

    Those of `leave_one_out` have a table of their own.
    """
    hidden = ("best_single_teacher", "leave_one_out")
    return [
        group
        for group in results.groups
        if group.trials and (group.control not in hidden or group is results.best_single)
    ]


def teacher_label(teacher: Teacher) -> str:
    """`teacher clean`; `placebo`, with its name if it has another one."""
    if not teacher.placebo:
        return f"teacher {teacher.name}"
    return "placebo" if teacher.name == "placebo" else f"placebo {teacher.name}"


def label(results: Results, group: Group) -> str:
    """A group's label; the best single teacher is called that."""
    if group is results.best_single:
        return f"best {group.label}"
    return group.label
