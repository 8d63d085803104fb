"""What changing one axis of the grid does to the endpoint, everything else equal."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from markupsafe import Markup

from mtkd.report.numbers import count, fixed
from mtkd.report.phrases import strong
from mtkd.report.reading import endpoint, named, shown
from mtkd.results import Group, Results, axes_of

SMALLEST = 0.02
"""A mean change below this is not worth a sentence."""


@dataclass(frozen=True)
class Effect:
    """Mean change of the endpoint from one label of an axis to another, over matched cells."""

    axis: str
    before: str
    after: str
    change: float
    pairs: int


def effects(results: Results) -> list[Effect]:
    """For each axis the pair of labels that changes the endpoint most, largest first."""
    cells = [g for g in shown(results) if g.role == "cell" and endpoint(results, g)]
    axes = dict.fromkeys(axis for cell in cells for axis in axes_of(cell))
    found = [_largest(_effects(results, cells, axis)) for axis in axes]
    there = [effect for effect in found if effect and abs(effect.change) >= SMALLEST]
    return sorted(there, key=lambda effect: -abs(effect.change))


def largest_effects(results: Results) -> Markup | None:
    """What moves the endpoint most, axis by axis."""
    found = effects(results)
    if not found:
        return None
    parts = [
        Markup("{} from {} to {} changes it by {} ({})").format(
            strong(effect.axis),
            effect.before,
            effect.after,
            fixed(effect.change, 2, True),
            "one pair of cells"
            if effect.pairs == 1
            else f"mean of {count(effect.pairs, 'pair')} of cells",
        )
        for effect in found
    ]
    start = Markup("What moves {}, all else equal: ").format(named(results.endpoint))
    return start + Markup("; ").join(parts) + "."


def _effects(results: Results, cells: list[Group], axis: str) -> Iterable[Effect]:
    by_rest: dict[tuple, dict[str, float]] = {}
    for cell in cells:
        labels = axes_of(cell)
        label = labels.pop(axis, "")
        estimate = endpoint(results, cell)
        rest = tuple(sorted(labels.items()))
        by_rest.setdefault(rest, {})[label] = estimate.value if estimate else math.nan
    names = dict.fromkeys(label for values in by_rest.values() for label in values)
    for before, after in combinations(names, 2):
        changes = [v[after] - v[before] for v in by_rest.values() if before in v and after in v]
        if changes:
            yield Effect(axis, before, after, sum(changes) / len(changes), len(changes))


def _largest(found: Iterable[Effect]) -> Effect | None:
    return max(found, key=lambda effect: abs(effect.change), default=None)
