"""What an interval allows to say about a student, and the words for statistics."""

import math
from enum import Enum

import numpy as np

from mtkd.report.numbers import count, fixed, interval
from mtkd.results import STUDENT, Estimate, Group, Results, Teacher

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


def read_endpoint(results: Results, group: Group) -> Reading:
    """As `read`, but open where the endpoint could not have shown anything."""
    return Reading.OPEN if unseen(results, group) else read(endpoint(results, group))


def unseen(results: Results, group: Group) -> str:
    """Why confident mistakes could not be told to be inherited, empty where they could."""
    if results.main is None or results.endpoint not in ("dd_ceir", "excess_ceir"):
        return ""
    at = f"inheritance/{results.main.name}/"
    if results.mean(group, STUDENT, "clean", f"{at}control_ceir") == 1:
        # A student that repeats none of them is free of them whatever its control does.
        own = results.mean(group, STUDENT, "clean", f"{at}ceir")
        return "the control repeats all of them" if own > 0 else ""
    models = [group, *(one for one in results.groups if one.control == "labels_only")]
    if any(_ever_sure(results, model) for model in models):
        return ""
    return "neither student nor control is ever sure enough"


def _ever_sure(results: Results, group: Group) -> bool:
    """Whether some answer on clean items may have reached tau, as far as the bins tell."""
    bins = results.curves.get(group.tag)
    if bins is None:
        return True
    edges = np.arange(1, len(bins.count) + 1) / len(bins.count)
    return bool(bins.count[edges >= results.study.tau].any())


def words(estimate: Estimate | None, digits: int = 2) -> str:
    """`+0.59 [+0.45, +0.70]`."""
    if estimate is None:
        return fixed(None)
    span = interval(estimate.low, estimate.high, digits)
    return f"{fixed(estimate.value, digits, True)} {span}".strip()


def fewer_seeds(results: Results, group: Group) -> str:
    """`1 seed` where other students have more of them, else empty."""
    most = max((len(one.trials) for one in results.groups), default=0)
    return count(len(group.trials), "seed") if len(group.trials) < most else ""


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
