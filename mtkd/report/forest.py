"""The primary endpoint of every student as dots with intervals, by committee."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mtkd.report.numbers import fixed
from mtkd.report.reading import (
    Reading,
    endpoint,
    fewer_seeds,
    label,
    named,
    read_endpoint,
    shown,
    unseen,
    words,
)
from mtkd.results import SCALED, Estimate, Group, Results, axes_of

TICKS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Scale:
    """Places values on the axis, in per cent of its width."""

    low: float
    high: float

    def at(self, value: float) -> float:
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def ticks(self) -> list[dict[str, object]]:
        step = next((s for s in TICKS if (self.high - self.low) / s <= 6), TICKS[-1])
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        values = [step * number for number in range(first, last + 1)]
        digits = 2 if step in (0.02, 0.05, 0.25) else 1
        return [{"at": self.at(value), "text": fixed(value, digits)} for value in values]


def forest(results: Results) -> dict[str, object] | None:
    """What the template draws, or nothing where no student has an endpoint."""
    rows = [(group, endpoint(results, group)) for group in shown(results)]
    found = [(group, estimate) for group, estimate in rows if estimate is not None]
    if not found or results.main is None:
        return None
    scale = _scale([estimate for _, estimate in found])
    blocks: dict[str, list[tuple[Group, Estimate]]] = {}
    for group, estimate in found:
        blocks.setdefault(_block(group), []).append((group, estimate))
    ordered = sorted(blocks.items(), key=lambda block: (block[0] == "controls", -_top(block[1])))
    return {
        "caption": f"{named(results.endpoint)} of {results.main.name}, clean, per student",
        "ticks": scale.ticks(),
        "zero": scale.at(0),
        "blocks": [
            {"name": name, "rows": [_row(results, scale, *pair) for pair in _sorted(pairs)]}
            for name, pairs in ordered
        ],
    }


def _block(group: Group) -> str:
    return "controls" if group.role == "control" else f"taught by {axes_of(group)['committee']}"


def _sorted(pairs: Sequence[tuple[Group, Estimate]]) -> list[tuple[Group, Estimate]]:
    return sorted(pairs, key=lambda pair: -pair[1].value)


def _top(pairs: Sequence[tuple[Group, Estimate]]) -> float:
    return max(estimate.value for _, estimate in pairs)


def _scale(estimates: Sequence[Estimate]) -> Scale:
    ends = [value for e in estimates for value in (e.value, e.low, e.high) if not math.isnan(value)]
    low, high = min([-0.05, *ends]), max([0.15, *ends])
    room = 0.03 * (high - low)
    return Scale(low - room, high + room)


def _row(results: Results, scale: Scale, group: Group, estimate: Estimate) -> dict[str, object]:
    bars = [_bar(scale, estimate, "")]
    scaled = endpoint(results, group, SCALED)
    if scaled is not None and not math.isnan(scaled.value):
        bars.insert(0, _bar(scale, scaled, " scaled"))
    reading, why = read_endpoint(results, group), unseen(results, group)
    marks = {Reading.INHERITS: "inherits", Reading.FREE: "does not", Reading.OPEN: "open"}
    few = "few" if estimate.underpowered else ""
    mark = ", ".join(filter(None, (marks[reading], few, fewer_seeds(results, group))))
    mark += f": {why}" if why else ""
    return {
        "tag": group.tag,
        "label": group.short if group.role == "cell" else label(results, group),
        "kind": reading.value,
        "n": f"{estimate.n:.0f}",
        "text": words(estimate),
        "mark": mark,
        "bars": bars,
    }


def _bar(scale: Scale, estimate: Estimate, kind: str) -> dict[str, object]:
    bare = math.isnan(estimate.low) or kind != ""
    return {
        "kind": kind,
        "at": scale.at(min(max(estimate.value, scale.low), scale.high)),
        "left": None if bare else scale.at(estimate.low),
        "width": None if bare else round(scale.at(estimate.high) - scale.at(estimate.low), 2),
    }
