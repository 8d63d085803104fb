"""Threshold-free inheritance: where did the student's probability go, relative to the control?"""

from mtkd.metrics.base import Metric
from mtkd.metrics.contributions import Contributions, mean_over
from mtkd.metrics.inheritance import Inheritance, On


def transferred_wrong_mass_items(cell: Inheritance, on: On = "wrong") -> Contributions:
    """Contributions to `transferred_wrong_mass`."""
    gain = cell.student.mass - cell.compared().mass
    return mean_over(gain, cell.student.members(on), f"mean of p_S(t) - p_C(t) over {on} items")


def transferred_wrong_mass(cell: Inheritance, on: On = "wrong") -> Metric:
    """Probability that moved to the teacher's wrong label, mean p_S(t) - p_C(t), in [-1, 1].

    Args:
        on: "wrong" for W, "confident_wrong" for CW ("right" asks the same of its right labels).
    """
    return transferred_wrong_mass_items(cell, on).metric()


def weighted_transferred_wrong_mass_items(cell: Inheritance, on: On = "wrong") -> Contributions:
    """Contributions to `weighted_transferred_wrong_mass`."""
    inside = cell.student.members(on)
    weight = cell.teacher.confidence * inside
    gain = cell.student.mass - cell.compared().mass
    convention = f"mean of p_S(t) - p_C(t) over {on} items, weighted by c_T"
    return Contributions(weight * gain, weight, int(inside.sum()), convention)


def weighted_transferred_wrong_mass(cell: Inheritance, on: On = "wrong") -> Metric:
    """`transferred_wrong_mass` weighted by the teacher's confidence, in [-1, 1]."""
    return weighted_transferred_wrong_mass_items(cell, on).metric()


def inheritance_slope_items(cell: Inheritance, on: On = "wrong") -> Contributions:
    """Contributions to `inheritance_slope`."""
    inside = cell.student.members(on)
    base = cell.compared().mass
    away = (cell.teacher.confidence - base) * inside
    convention = f"least squares through 0 of p_S(t) - p_C(t) on p_T(t) - p_C(t), {on} items"
    return Contributions((cell.student.mass - base) * away, away**2, int(inside.sum()), convention)


def inheritance_slope(cell: Inheritance, on: On = "wrong") -> Metric:
    """How far the student moved from control to teacher, on the teacher's top label t.

        sum (p_S(t) - p_C(t)) (p_T(t) - p_C(t)) / sum (p_T(t) - p_C(t))^2

    0 like the control, 1 all the way, above 1 exaggerated (which happens: Nagarajan et al. 2023,
    https://arxiv.org/abs/2301.12923). NaN where teacher and control do not differ.
    """
    return inheritance_slope_items(cell, on).metric()


def inheritance_slope_vector_items(cell: Inheritance, on: On = "wrong") -> Contributions:
    """Contributions to `inheritance_slope_vector`."""
    inside = cell.student.members(on)
    along, square = cell.products
    convention = f"least squares through 0 of p_S - p_C on p_T - p_C, all classes, {on} items"
    return Contributions(along * inside, square * inside, int(inside.sum()), convention)


def inheritance_slope_vector(cell: Inheritance, on: On = "wrong") -> Metric:
    """`inheritance_slope` over all classes: sum <p_S - p_C, p_T - p_C> / sum |p_T - p_C|^2."""
    return inheritance_slope_vector_items(cell, on).metric()


def slope_asymmetry(cell: Inheritance) -> Metric:
    """Vector slope where the teacher is wrong minus where it is right.

    Positive: errors are taken over more readily than knowledge. n counts the wrong items; NaN if
    either set is empty. For an interval pass both `inheritance_slope_vector_items` to
    `crossed_interval`.
    """
    wrong, right = (inheritance_slope_vector(cell, on) for on in ("wrong", "right"))
    return Metric(wrong.value - right.value, wrong.n, "vector slope on wrong minus on right items")
