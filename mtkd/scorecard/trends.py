"""How figures moved over the versions, as pictures."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import LogFormatter

from mtkd.report.canvas import DASHES, INK, MARKERS, OKABE_ITO, figure, svg
from mtkd.report.pictures import Picture
from mtkd.scorecard.names import CHANGE, ECONOMICS, FIGURES, OUTCOME, RELIABILITY
from mtkd.scorecard.same import same_rule
from mtkd.scorecard.version import Version

NAMED = 8
"""Up to this many versions stand upright below a plot."""


class Trend(NamedTuple):
    """Figures that share one plot; `log` draws them on a logarithmic axis."""

    layer: str
    title: str
    axis: str
    names: tuple[str, ...]
    log: bool = False


TRENDS = (
    Trend(
        OUTCOME,
        "Quality against the teacher",
        "1: all of it",
        ("quality_ratio", "worst_slice_quality_ratio"),
    ),
    Trend(OUTCOME, "Gap recovered", "0: labels alone, 1: the teacher", ("gap_recovered",)),
    Trend(
        OUTCOME,
        "Accuracy on clean items",
        "share right",
        ("accuracy", "teacher_accuracy", "control_accuracy", "accuracy_with_fallback"),
    ),
    Trend(RELIABILITY, "Wrong with confidence", "share", ("confident_wrong_rate",)),
    Trend(RELIABILITY, "Inherited from a teacher", "0: nothing", ("dd_ceir",)),
    Trend(RELIABILITY, "Fallback", "share", ("deferral_rate", "accepted_risk", "certified_risk")),
    Trend(
        ECONOMICS,
        "Latency, p95",
        "ms per call",
        ("latency_p95", "teacher_latency_p95", "fallback_latency_p95"),
        log=True,
    ),
    Trend(
        ECONOMICS,
        "Size reduction against the teacher",
        "1 - student / teacher",
        ("size_reduction_parameters", "size_reduction_bytes"),
    ),
    Trend(
        CHANGE,
        "Flips since the version before",
        "share of all items",
        ("negative_flips", "confident_negative_flips", "positive_flips"),
    ),
)


def pictures(versions: Sequence[Version], layer: str) -> list[Picture]:
    """The plots of a layer that have something to show."""
    return [
        _picture(versions, trend)
        for trend in TRENDS
        if trend.layer == layer
        and any(version.by_name[name].known for version in versions for name in trend.names)
    ]


def _picture(versions: Sequence[Version], trend: Trend) -> Picture:
    shown = [n for n in trend.names if any(version.by_name[n].known for version in versions)]
    with figure(4.4, 3.2) as (drawn, axes):
        for place, name in enumerate(shown):
            _line(axes, versions, name, place, (place - (len(shown) - 1) / 2) * 0.08)
        for at in range(1, len(versions)):
            pair = versions[at - 1], versions[at]
            if not any(same_rule(*pair, name) for name in shown):
                axes.axvline(at - 0.5, color=INK, linestyle=":", linewidth=1)
        if trend.log:
            axes.set_yscale("log")
            # Its own labels are mathtext, which `STYLE` turns off.
            axes.yaxis.set(major_formatter=LogFormatter(), minor_formatter=LogFormatter())
        axes.set_ylabel(trend.axis)
        turned = 60 if len(versions) > NAMED else 0
        axes.set_xticks(range(len(versions)), [one.name for one in versions], rotation=turned)
        axes.set_xlim(-0.5, len(versions) - 0.5)
        drawn.legend(loc="outside upper left", ncols=2)
        name = f"trend-{shown[0].replace('_', '-')}"
        return Picture(svg(drawn, name, trend.title), trend.title, _about(versions, shown))


def _line(axes: Axes, versions: Sequence[Version], name: str, place: int, shift: float) -> None:
    """One figure: a line within what is comparable, bars for intervals, hollow if under-powered."""
    colour, title = OKABE_ITO[place % 8], FIGURES[name].title
    for run in _stretches(versions, name):
        y = [versions[at].by_name[name].value for at in run]
        axes.plot([at + shift for at in run], y, color=colour, linestyle=DASHES[place % 8])
    for at, version in enumerate(versions):
        found = version.by_name[name]
        if found.known:
            fill = "none" if found.caution else colour
            (mark,) = axes.plot(at + shift, found.value, MARKERS[place % 8], color=colour)
            mark.set(markerfacecolor=fill, markersize=5, label=title)
            title = "_again"
            low, high = (found.value if math.isnan(x) else x for x in (found.low, found.high))
            axes.vlines(at + shift, low, high, color=colour, linewidth=1.2)


def _stretches(versions: Sequence[Version], name: str) -> list[list[int]]:
    """Places of versions that may be joined by a line."""
    found: list[list[int]] = []
    for at, version in enumerate(versions):
        if not version.by_name[name].known:
            continue
        before = versions[at - 1] if found and found[-1][-1] == at - 1 else None
        if before is not None and same_rule(before, version, name):
            found[-1].append(at)
        else:
            found.append([at])
    return found


def _about(versions: Sequence[Version], names: Sequence[str]) -> str:
    known = [v.by_name[name] for v in versions for name in names if v.by_name[name].known]
    sizes = {one.n for one in known if one.kind.sampled}
    parts = []
    if sizes:
        low, high = min(sizes), max(sizes)
        parts.append(f"n = {low}" if low == high else f"n = {low} to {high}")
    if any(not math.isnan(one.low) for one in known):
        parts.append("bars: 95 % intervals")
    if any(one.caution for one in known):
        parts.append("hollow: under-powered")
    if not all(any(same_rule(*pair, name) for name in names) for pair in pairwise(versions)):
        parts.append("dotted: measured otherwise from here on")
    return f"{'; '.join(parts)}." if parts else "Counted, not sampled."
