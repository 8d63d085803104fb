"""A statistic over seeds in one small cell: value, marks, and everything else when pointed at."""

import math

from mtkd.metrics.bootstrap import FEW
from mtkd.report.numbers import fixed, interval, probability, sort_key
from mtkd.report.tables import Cell
from mtkd.results import Estimate

LEVEL = 0.05
MARKS = "* the 95 % interval leaves 0 out; † significant at .05 after Holm over the whole family"
"""For captions of tables with such cells."""


def marked(estimate: Estimate | None, digits: int = 2) -> Cell:
    """`+0.59*†`, marked where a set of fewer than 20 items says little."""
    if estimate is None:
        return Cell(fixed(None), "", "number")
    sure = estimate.low > 0 or estimate.high < 0
    signs = ("*" if sure else "") + ("†" if estimate.p_holm < LEVEL else "")
    # The set that is too small may be the placebo's, which n does not count.
    small = f"n = {estimate.n:.0f}" if estimate.n < FEW else "few"
    few = small if estimate.underpowered else ""
    said = fixed(estimate.value, digits, True) + signs
    return Cell(said, sort_key(estimate.value), "number", note=_note(estimate), mark=few)


def _note(estimate: Estimate) -> str:
    span = interval(estimate.low, estimate.high) or "no interval"
    parts = [f"{span} ({estimate.method})", f"n = {estimate.n:.0f}"]
    if not math.isnan(estimate.p):
        parts.append(f"p = {probability(estimate.p)}")
    if not math.isnan(estimate.p_holm):
        parts.append(f"Holm {probability(estimate.p_holm)}")
    return ", ".join(parts)
