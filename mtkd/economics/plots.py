"""Break-even as pictures that take the colours of the page they stand in."""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtkd.economics.analysis import Analysis
from mtkd.economics.breakeven import CAREFUL_ABOVE, WRONG_ABOVE
from mtkd.economics.words import months
from mtkd.report.canvas import INK, OKABE_ITO, figure, svg

LESS, MORE = OKABE_ITO[0], OKABE_ITO[1]
BINS, WIDTHS = 24, (1, 2, 3, 6)
"""Bars, and the months a bar may span: 6 and 12 fall between two bars."""
NAMES = ("tornado", "monte_carlo")


def svgs(analysis: Analysis) -> dict[str, str]:
    """`tornado` and `monte_carlo` as `<svg>` elements: `currentColor` text, no background."""
    return {name: _draw(name, analysis, as_png=False).decode() for name in NAMES}


def pngs(analysis: Analysis) -> dict[str, bytes]:
    """The same plots as PNG files on white."""
    return {name: _draw(name, analysis, as_png=True) for name in NAMES}


def _draw(name: str, analysis: Analysis, as_png: bool) -> bytes:
    draw, height, words = {
        "tornado": (_tornado, 0.9 + 0.32 * len(analysis.swings), "Break-even by input"),
        "monte_carlo": (_monte_carlo, 2.6, "Break-even of random draws"),
    }[name]
    with figure(6.4, height) as (drawn, axes):
        draw(axes, analysis)
        if not as_png:
            return svg(drawn, f"economics-{name}", words).encode()
        return _png(drawn)


def _tornado(axes: Axes, analysis: Analysis) -> None:
    swings, middle = analysis.swings[::-1], analysis.outcome.months
    ends = [end for swing in swings for end in (swing.months_low, swing.months_high)]
    known = [end for end in [*ends, middle, WRONG_ABOVE] if end is not None]
    right = 1.15 * min(max(known), 4 * max(middle or 0.0, WRONG_ABOVE))
    start = right if middle is None else middle
    for row, swing in enumerate(swings):
        for end, colour, hatch in (
            (swing.months_low, LESS, ""),
            (swing.months_high, MORE, "////"),
        ):
            to = right if end is None else min(end, right)
            (bar,) = axes.barh(row, to - start, 0.62, start, color=colour, hatch=hatch)
            bar.set(edgecolor=INK, linewidth=0)
            if end is None or end > right:
                axes.text(right, row, f" {months(end)}", va="center", ha="left", fontsize=8)
    spread = analysis.values["sensitivity.tornado"]
    axes.set_yticks(range(len(swings)), [swing.name for swing in swings])
    axes.set_xlim(0, right)
    _bounds(axes)
    axes.axvline(start, color=INK, linewidth=1)
    axes.set_xlabel(
        f"months until break-even; plain: {spread:.0%} less, hatched: {spread:.0%} more"
    )


def _monte_carlo(axes: Axes, analysis: Analysis) -> None:
    sample = analysis.sample
    paid = sample.months[np.isfinite(sample.months)]
    late = float(np.quantile(paid, 0.9)) if len(paid) else 0.0
    width = next((width for width in WIDTHS if BINS * width >= late), WIDTHS[-1])
    edges = [float(width * number) for number in range(BINS + 1)]
    weights = np.full(len(paid), 100 / len(sample.months))
    axes.hist(np.minimum(paid, edges[-1]), edges, weights=weights, color=LESS)
    _bounds(axes)
    axes.set_xlim(0, edges[-1])
    axes.set_ylabel("% of draws")
    axes.set_xlabel("months until break-even; the last bar holds all that is later")
    axes.set_title(
        f"P(break-even <= 12 months) = {sample.within:.2f}, never within {sample.ahead} months = "
        f"{sample.never:.2f}, n = {len(sample.months):,} draws",
        fontsize=9,
    )


def _bounds(axes: Axes) -> None:
    for bound in (CAREFUL_ABOVE, WRONG_ABOVE):
        axes.axvline(bound, color=INK, linewidth=0.8, linestyle="--", alpha=0.6)
    axes.grid(axis="y", visible=False)


def _png(drawn: Figure) -> bytes:
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=150, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()
