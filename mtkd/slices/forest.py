"""Slices as dots with intervals on one axis, for the page."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from mtkd.report.forest import Scale
from mtkd.report.numbers import fixed, interval
from mtkd.slices.findings import TESTED, Findings, effect, outcome
from mtkd.slices.gate import Judged, Verdict
from mtkd.slices.pockets import Pocket, Status
from mtkd.slices.slice import WHOLE

KINDS = {
    "class": "by class",
    "metadata": "by metadata",
    "length": "by length",
    "confidence": "by mean confidence of both models",
    "confusion": "by confusion, of either model",
    "teacher": "by mistakes of the teachers",
}
"""Kinds of slices with one term, in the order of the page."""

COLOURS = {Status.CONFIRMED: "inherits", Status.OPEN: "open"}
VERDICTS = {Verdict.PASS: "free", Verdict.FAIL: "inherits", Verdict.UNDECIDED: "open"}

Plot = dict[str, Any]


def tested_plot(found: Findings) -> Plot:
    """Whole domains, and the slices that went to confirmation."""
    whole = [one for one in found.pockets if one.slice.name == WHOLE]
    tested = [one for one in found.tested if one not in whole]
    blocks = [("whole domains", whole), ("slices that were tested", tested)]
    return _plot(found, "Whole domains and tested slices", blocks, with_domain=True)


def domain_plots(found: Findings) -> list[tuple[str, Plot, int]]:
    """Name, plot of all slices with one term, and how many were too small, by domain."""
    plots = []
    for compared in found.comparisons:
        own = [p for p in found.pockets if p.slice.domain == compared.domain]
        small = sum(p.status is Status.SMALL for p in own)
        blocks = [
            (words, [p for p in own if p.slice.kind == kind and p.status is not Status.SMALL])
            for kind, words in KINDS.items()
        ]
        caption = f"All slices of {compared.domain}"
        plots.append((compared.domain, _plot(found, caption, blocks, with_domain=False), small))
    return plots


def gate_plot(judged: Sequence[Judged]) -> Plot:
    """Pre-registered slices with their bounds and margins."""
    ends = [end for one in judged for end in (one.low, one.high, one.registered.margin)]
    scale = _scale(ends)
    rows = [
        {
            "label": one.registered.name,
            "n": one.counts.n,
            "kind": VERDICTS[one.verdict],
            "text": f"{fixed(one.counts.net, 3, True)} {interval(one.low, one.high, 3)}",
            "mark": f"{one.verdict.value}: {one.reason}",
            "margin": scale.at(one.registered.margin),
            **_bar(scale, one.counts.net, one.low, one.high),
        }
        for one in judged
    ]
    return _drawn("Pre-registered slices", scale, [{"name": "", "rows": rows}])


def _plot(
    found: Findings,
    caption: str,
    blocks: Iterable[tuple[str, Sequence[Pocket]]],
    with_domain: bool,
) -> Plot:
    shown = [(name, [one for one in pockets if one.counts.n]) for name, pockets in blocks]
    everything = [one for _, pockets in shown for one in pockets]
    scale = _scale([end for one in everything for end in (one.low, one.high)])
    drawn = [
        {"name": name, "rows": [_row(found, scale, one, with_domain) for one in _sorted(pockets)]}
        for name, pockets in shown
        if pockets
    ]
    return _drawn(caption, scale, drawn)


def _drawn(caption: str, scale: Scale, blocks: list[dict[str, Any]]) -> Plot:
    return {"caption": caption, "ticks": scale.ticks(), "zero": scale.at(0), "blocks": blocks}


def _sorted(pockets: Sequence[Pocket]) -> list[Pocket]:
    return sorted(pockets, key=lambda one: (-one.counts.net, one.slice))


def _scale(ends: Sequence[float]) -> Scale:
    known = [end for end in ends if not math.isnan(end)]
    low, high = min([-0.05, *known]), max([0.05, *known])
    room = 0.03 * (high - low)
    return Scale(low - room, high + room)


def _row(found: Findings, scale: Scale, one: Pocket, with_domain: bool) -> dict[str, Any]:
    said = one.status in TESTED or one.because is not None or one.status is Status.OVER
    return {
        "label": found.named(one) if with_domain else one.slice.name,
        "n": one.counts.n,
        "kind": COLOURS.get(one.status, "free"),
        "text": effect(one),
        "mark": outcome(one) if said else "",
        "margin": None,
        **_bar(scale, one.counts.net, one.low, one.high),
    }


def _bar(scale: Scale, value: float, low: float, high: float) -> dict[str, float]:
    left = scale.at(low)
    return {"at": scale.at(value), "left": left, "width": round(scale.at(high) - left, 2)}
