"""A set of cells in few words: as a product of labels where it is one, else by name."""

from collections.abc import Sequence
from math import prod

from markupsafe import Markup

from mtkd.report.phrases import listing, strong
from mtkd.results import Group, axes_of

MOST = 4
"""More cells than this are described instead of listed."""


def describe(groups: Sequence[Group], among: Sequence[Group]) -> Markup:
    """`**loss** a or b with **committee** c` if that names exactly `groups`, else their labels.

    Args:
        groups: Cells, the ones to be named first in front.
        among: All cells of the study.
    """
    if len(groups) <= MOST:
        return listing([strong(group.label) for group in groups], MOST)
    narrowed = []
    for axis, every in _labels(among).items():
        here = _labels(groups)[axis]
        if len(here) < len(every):
            narrowed.append((axis, [label for label in every if label in here]))
    if not narrowed:
        return Markup("all of them") if len(groups) == len(among) else _named(groups)
    chosen = [cell for cell in among if all(axes_of(cell)[a] in kept for a, kept in narrowed)]
    if len(chosen) != len(groups) or prod(len(kept) for _, kept in narrowed) > len(groups):
        return _named(groups)
    parts = [Markup("{} {}").format(axis, _either(kept)) for axis, kept in narrowed]
    return Markup("those with {}").format(Markup(" and ").join(parts))


def _named(groups: Sequence[Group]) -> Markup:
    return listing([strong(group.label) for group in groups], MOST)


def _either(labels: Sequence[str]) -> Markup:
    named = [strong(label) for label in labels]
    if len(named) == 1:
        return named[0]
    return Markup("{} or {}").format(Markup(", ").join(named[:-1]), named[-1])


def _labels(cells: Sequence[Group]) -> dict[str, list[str]]:
    """Labels of each axis, in the order of the grid."""
    found: dict[str, dict[str, None]] = {}
    for cell in cells:
        for axis, label in axes_of(cell).items():
            found.setdefault(axis, {})[label] = None
    return {axis: list(labels) for axis, labels in found.items()}
