"""Findings as files for machines: slices.csv and gate.json."""

import csv
import io
from typing import Any

from mtkd.slices.findings import Findings
from mtkd.slices.gate import Gate
from mtkd.slices.pockets import Pocket

COLUMNS = (
    "domain", "kind", "slice", "status", "n", "only_student_wrong", "only_reference_wrong", "nfr",
    "pfr", "net", "net_low", "net_high", "confident_nfr", "p_mcnemar", "p_more_than_rest",
    "p_holm", "explained_by", "convention",
)  # fmt: skip
CONVENTION = "confirming half; Tango 95 % interval of this slice alone; exact one-sided p-values"
FORMAT, VERSION = "mtkd slices gate", 1


def as_csv(found: Findings) -> str:
    """Every slice, whatever became of it; empty where a number is not defined."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(one) for one in found.pockets)
    return buffer.getvalue()


def gate_json(found: Findings, gate: Gate) -> dict[str, Any]:
    """The gate's verdict and what it rests on, for a pipeline."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "verdict": gate.verdict.value,
        "exit_status": gate.status,
        "student": found.student,
        "reference": found.reference,
        "registry": str(gate.registry.path),
        "undecided": gate.registry.undecided,
        "convention": "net regression over all items of a slice; Tango's one-sided score bounds",
        "slices": [
            {
                "name": one.registered.name,
                "domain": one.domain,
                "where": [condition.text for condition in one.registered.where],
                "n": one.counts.n,
                "only_student_wrong": one.counts.worse,
                "only_reference_wrong": one.counts.better,
                "net": one.counts.net,
                "lower_bound": one.low,
                "upper_bound": one.high,
                "margin": one.registered.margin,
                "confidence": one.registered.confidence,
                "items_needed": one.needed,
                "verdict": one.verdict.value,
                "reason": one.reason,
            }
            for one in gate.judged
        ],
    }


def _row(one: Pocket) -> tuple[Any, ...]:
    counts = one.counts
    numbers = (
        counts.nfr, counts.pfr, counts.net, one.low, one.high, counts.confident_nfr,
        one.p, one.p_rest, one.p_holm,
    )  # fmt: skip
    because = "" if one.because is None else one.because.name
    return (
        one.slice.domain, one.slice.kind, one.slice.name, one.status.value,
        counts.n, counts.worse, counts.better,
        *("" if number != number else f"{number:.10g}" for number in numbers),
        because, CONVENTION,
    )  # fmt: skip
