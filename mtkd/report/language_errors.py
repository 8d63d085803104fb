"""Tables of where a language model's student goes wrong: risks, and errors that are far off."""

import math
from collections.abc import Sequence

from mtkd.report.domains import labelled_domains
from mtkd.report.numbers import interval
from mtkd.report.reading import label
from mtkd.report.tables import Cell, Line, Table, number
from mtkd.results import STUDENT, Estimate, Group, Results

RISKS = (("coverage", "coverage_risk"), ("likelihood", "likelihood_risk"))
FAR = (("CEIR", "ceir_far"), ("control", "control_ceir_far"), ("DD-CEIR", "dd_ceir_far"))


def risk_tables(results: Results, groups: Sequence[Group]) -> list[Table]:
    """Risks by domain; nothing where no group has one."""
    domains = labelled_domains(results)
    lines = []
    for group in groups:
        found = [
            results.estimate(group, "", domain.name, statistic)
            for domain in domains
            for _, statistic in RISKS
        ]
        if any(found):
            lines.append(Line(label(results, group), tuple(map(_risk, found)), group.tag))
    columns = tuple(
        (f"{title} {domain.name}", "nats per token, mean over the student's teachers")
        for domain in domains
        for title, _ in RISKS
    )
    caption = "Risks against the student's own teachers: what it misses, and what it makes up"
    return [Table("risks", caption, columns, tuple(lines))] if lines else []


def _risk(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return number(None)
    return number(estimate.value, 2, note=interval(estimate.low, estimate.high, 2))


def far_tables(results: Results, groups: Sequence[Group]) -> list[Table]:
    """Inheritance where the reference is not even among the teacher's five top tokens."""
    if results.main is None:
        return []
    name, lines = results.main.name, []
    for group in groups:
        at = [f"inheritance/{name}/{statistic}" for _, statistic in FAR]
        found = [results.mean(group, STUDENT, "clean", metric) for metric in at]
        if not all(map(math.isnan, found)):
            counts = [results.items(t.id, STUDENT, "clean", at[0]) for t in group.trials]
            cells = (*(number(value, 3) for value in found), number(float(min(counts)), 0))
            lines.append(Line(label(results, group), cells, group.tag))
    columns = (*((title, "") for title, _ in FAR), ("n", "confident errors of this kind"))
    caption = (
        f"Errors of {name} where the reference is not among its five most likely tokens, clean"
    )
    return [Table("far", caption, columns, tuple(lines))] if lines else []
