"""An assessment as plain text for a terminal."""

import math
from collections.abc import Iterable, Sequence

from mtkd.fallback.assess import Assessment, Place
from mtkd.fallback.certify import Certificate
from mtkd.fallback.rows import recovery
from mtkd.report.numbers import MISSING, fixed, share

RULES = ("rule", "threshold", "coverage", "observed risk", "promises")
DOMAINS = (
    "domain", "n", "covered", "risk", "exact bounds", "promise", "oracle covers", "accuracy",
    "student", "teacher", "T right | deferred", "T right | escaped", "cost", "latency",
)  # fmt: skip


def as_text(found: Assessment) -> str:
    """What the command prints."""
    choice, promise = found.choice, found.request.promise
    return "\n".join(
        [
            f"{choice.study.name}: {choice.label} hands over to {choice.teacher.name}",
            f"asked: at most {share(promise.risk, 1)} of the accepted answers wrong, with "
            f"probability {share(promise.confidence, 1)}; calibrated on {len(found.calibration)} "
            "validation items",
            *(f"warning: {warning}" for warning in found.warnings),
            "",
            found.certificate.sentence,
            "",
            *align(RULES, (rule_cells(one) for one in (found.certificate, *found.others))),
            "",
            *align(DOMAINS, (domain_cells(found, place) for place in found.places)),
            f"(exact bounds of the risk: each of the two holds at {share(promise.confidence, 1)})",
            "",
            *(recovery_sentence(place) for place in found.places if place.domain.kind == "clean"),
        ]
    )


def rule_cells(one: Certificate) -> tuple[str, ...]:
    """One line of the table of rules."""
    threshold = "infeasible" if one.threshold is None else fixed(one.threshold, 4)
    observed = f"{one.errors} / {one.accepted}" if one.accepted else MISSING
    return one.method, threshold, share(one.coverage.value, 1), observed, one.guarantee


def domain_cells(found: Assessment, place: Place) -> tuple[str, ...]:
    """One line of the table of domains."""
    seen, doing = place.outcome, place.operation
    deferred = 1 - seen.coverage.value
    price = None if doing is None else found.price(deferred, 1 - doing.accuracy.value)
    latency = found.latency(deferred)
    bounds = f"{fixed(seen.low)}-{fixed(seen.high)}" if seen.risk.n else MISSING
    last = (fixed(price), MISSING if latency is None else fixed(latency.mean))
    first = (place.domain.name, str(seen.coverage.n), share(seen.coverage.value, 1))
    middle = (fixed(seen.risk.value), bounds, seen.verdict, share(seen.oracle_coverage.value, 1))
    if doing is None:
        return (*first, *middle, *(MISSING,) * 5, *last)
    return (
        *first,
        *middle,
        fixed(doing.accuracy.value),
        fixed(doing.student_accuracy.value),
        fixed(doing.teacher_accuracy.value),
        fixed(doing.teacher_right_if_deferred.value),
        f"{fixed(doing.teacher_right_if_escaped.value)} (n {doing.teacher_right_if_escaped.n})",
        *last,
    )


def recovery_sentence(place: Place) -> str:
    """How well confidence chooses what to hand over, on one domain."""
    found = recovery(place)
    if not found:
        return f"{place.domain.name}: no labels"
    if math.isnan(found["mean_gap_recovered"].value):
        return f"{place.domain.name}: the teacher is not better than the student, no gap to recover"
    return (
        f"{place.domain.name}: gap to the teacher recovered {fixed(found['gap_recovered'].value)} "
        f"at this threshold, {fixed(found['mean_gap_recovered'].value)} on average (random 0.500); "
        f"half of it takes {share(found['share_needed@0.5'].value, 1)} teacher calls, 80 % of it "
        f"{share(found['share_needed@0.8'].value, 1)}; deferral gain "
        f"{fixed(found['normalised_deferral_gain'].value)} (random 0, oracle 1)"
    )


def align(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    """Columns padded to their widest cell, columns without any value left out."""
    body = [list(line) for line in lines]
    kept = [k for k in range(len(head)) if not body or any(line[k] != MISSING for line in body)]
    table = [[line[k] for k in kept] for line in [list(head), *body]]
    widths = [max(len(line[k]) for line in table) for k in range(len(kept))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]
