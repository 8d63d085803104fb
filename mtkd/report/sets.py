"""A set of cells in few words: by name if they are few, else by the axis that tells them apart."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from mtkd.report.numbers import fixed
from mtkd.report.phrases import listing, strong
from mtkd.results import Group, axes_of

MOST = 4
"""More cells than this are counted instead of listed."""


def describe(
    groups: Sequence[Group], among: Sequence[Group], axis: str, value: Callable[[Group], float]
) -> Markup:
    """`3 of 3 with committee planted (+0.44 to +0.61) and 2 of 14 with …`, or the cells' names.

    Args:
        groups: Cells, the ones to be named first in front.
        among: All cells of the study.
        axis: What they are counted by, see `telling_axis`.
        value: The number to give beside them.
    """
    if len(groups) <= MOST:
        return listing([strong(group.label) for group in groups], MOST)
    parts: list[Markup] = []
    for label, here in _by_label(groups, axis).items():
        total = len(_by_label(among, axis)[label])
        name = Markup("{} {}").format(axis, strong(label)) if not parts else strong(label)
        span = _span([value(group) for group in here])
        parts.append(Markup("{} of {} with {} ({})").format(len(here), total, name, span))
    return listing(parts, len(parts))


def telling_axis(groups: Sequence[Group], among: Sequence[Group]) -> str:
    """The axis whose labels best say whether a cell is one of `groups`; the coarser on a tie."""

    def confusion(axis: str) -> tuple[int, int]:
        every, inside = _by_label(among, axis), _by_label(groups, axis)
        counts = [(len(inside.get(label, ())), len(cells)) for label, cells in every.items()]
        return sum(min(here, total - here) for here, total in counts), len(every)

    axes = dict.fromkeys(axis for cell in among for axis in axes_of(cell))
    return min(axes, key=confusion)


def _by_label(cells: Sequence[Group], axis: str) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = {}
    for cell in cells:
        found.setdefault(axes_of(cell).get(axis, "none"), []).append(cell)
    return found


def _span(values: Sequence[float]) -> str:
    low, high = fixed(min(values), 2, True), fixed(max(values), 2, True)
    return low if low == high else f"{low} to {high}"
