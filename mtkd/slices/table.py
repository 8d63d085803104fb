"""Findings as plain text for a terminal."""

from mtkd.fallback.table import align
from mtkd.report.numbers import MISSING, fixed, probability
from mtkd.slices.findings import Findings, effect, outcome, sentences
from mtkd.slices.gate import Gate, Judged
from mtkd.slices.pockets import Pocket
from mtkd.slices.slice import WHOLE

HEAD = (
    "slice", "kind", "n", "only student wrong", "only reference wrong", "net regression", "p",
    "than rest", "result",
)  # fmt: skip
GATE_HEAD = (
    "pre-registered slice", "domain", "n", "only student wrong", "only reference wrong", "net",
    "upper bound", "margin", "needed", "verdict",
)  # fmt: skip


def as_text(found: Findings) -> str:
    """What the command prints: gate, whole domains, slices that were tested."""
    whole = [one for one in found.pockets if one.slice.name == WHOLE]
    shown = whole + [one for one in found.tested if one not in whole]
    rest = len(found.pockets) - len(shown)
    lines = [
        f"{found.title}: {found.student}",
        f"against {found.reference}",
        *(f"note: {note}" for note in found.notes),
        "",
        *sentences(found),
        "",
        *align(HEAD, (cells(found, one) for one in shown)),
        f"and {rest} slices that show no sign, are explained by these or are too small: slices.csv",
    ]
    if found.gate is not None:
        lines += ["", *gate_lines(found.gate)]
    return "\n".join(lines)


def gate_lines(gate: Gate) -> list[str]:
    """The gate's table."""
    return align(GATE_HEAD, (gate_cells(one) for one in gate.judged))


def cells(found: Findings, one: Pocket) -> tuple[str, ...]:
    """One line of the table of slices."""
    counts = one.counts
    return (
        found.named(one), one.slice.kind, str(counts.n), str(counts.worse), str(counts.better),
        effect(one) if counts.n else MISSING, probability(one.p), probability(one.p_rest),
        outcome(one),
    )  # fmt: skip


def gate_cells(one: Judged) -> tuple[str, ...]:
    """One line of the table of pre-registered slices."""
    counts, registered = one.counts, one.registered
    return (
        registered.name, one.domain, str(counts.n), str(counts.worse), str(counts.better),
        fixed(counts.net, 4, True), fixed(one.high, 4, True), f"{registered.margin:.3g}",
        str(one.needed), one.verdict.value,
    )  # fmt: skip
