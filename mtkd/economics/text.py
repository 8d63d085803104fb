"""An analysis for a terminal."""

import textwrap
from collections.abc import Iterator

from mtkd.economics.analysis import Analysis
from mtkd.economics.tables import (
    Rows,
    measured_rows,
    monthly_rows,
    result_rows,
    rule_rows,
    simulation,
    swing_rows,
    training_rows,
)

WIDTH = 96


def as_text(analysis: Analysis) -> str:
    """Costs, savings, break-even, rules and the decision, at most 96 characters wide."""
    spread = analysis.values["sensitivity.tornado"]
    lines = [
        analysis.question,
        "",
        "Training, once",
        *_columns(training_rows(analysis)),
        "",
        "Each month",
        *_columns(monthly_rows(analysis)),
        "",
        "Break-even",
        *_columns(result_rows(analysis)),
        *_wrapped("  ", simulation(analysis)),
        "",
        f"One input at a time: {spread:.0%} less, {spread:.0%} more",
        *_columns(swing_rows(analysis)),
    ]
    if analysis.plan.not_stated:
        lines += ["", *_wrapped("Not stated, counted as 0: ", ", ".join(analysis.plan.not_stated))]
    if analysis.measured:
        lines += ["", f"Measured in {analysis.measured.folder}"]
        lines += [line for row in measured_rows(analysis) for line in _row(row[0], row[1])]
    return "\n".join([*lines, "", *_answer(analysis)]) + "\n"


def _answer(analysis: Analysis) -> list[str]:
    """What every rule says, and what they come to."""
    decision = analysis.decision
    lines = ["Rules, in order", *_rules(rule_rows(analysis))]
    lines += ["", *_wrapped("Decision: ", f"{decision.verdict}. {decision.reason}")]
    if decision.alternatives:
        lines += _wrapped("Instead: ", ", ".join(decision.alternatives))
    if decision.missing:
        lines += _wrapped("Missing evidence: ", ", ".join(decision.missing))
    return lines


def _rules(rows: Rows) -> Iterator[str]:
    for name, status, reason, missing in rows:
        lacks = f" Missing: {missing}." if missing else ""
        yield from _wrapped(f"  {name:<14}{status:<9}", reason + lacks)


def _row(kind: str, sentence: str) -> list[str]:
    return _wrapped(f"  {kind:<9}", sentence)


def _wrapped(head: str, body: str) -> list[str]:
    """`head body`, the lines after the first under the beginning of the body."""
    indent = " " * len(head)
    return textwrap.wrap(body, WIDTH, initial_indent=head, subsequent_indent=indent)


def _columns(rows: Rows) -> Iterator[str]:
    """Rows under each other: names to the left, figures of the second column to the right."""
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, figure, *rest in rows:
        yield "  ".join(["", name.ljust(first), figure.rjust(second), *rest]).rstrip()
