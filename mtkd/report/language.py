"""Tables that only a study of language models has: likelihood by domain, risks, and cost."""

import math
from collections.abc import Callable

from markupsafe import Markup

from mtkd.report.domains import labelled_domains
from mtkd.report.numbers import fixed, interval
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import label, teacher_label
from mtkd.report.tables import Cell, Line, Table, heat, number
from mtkd.results import STUDENT, Estimate, Group, Results

RISKS = (("coverage", "coverage_risk"), ("likelihood", "likelihood_risk"))
FAR = (("CEIR", "ceir_far"), ("control", "control_ceir_far"), ("DD-CEIR", "dd_ceir_far"))


def language_tables(results: Results) -> list[Table]:
    """Likelihood, cost, risks and far errors; nothing for a study of classifiers."""
    if not any(key.statistic == "nll_difference" for key in results.estimates):
        return []
    return [_likelihood(results), *_cost(results), *_risks(results), *_far(results)]


def _likelihood(results: Results) -> Table:
    """NLL of every student and teacher by domain, and the difference to labels only."""
    domains = labelled_domains(results)
    columns = [
        column
        for domain in domains
        for column in (
            (domain.name, "nats per token; lower is better"),
            (f"Δ {domain.name}", "minus the labels-only student of the same seed; below 0: better"),
        )
    ]
    lines = []
    for group in _everybody(results):
        cells: list[Cell] = []
        for domain in domains:
            cells.append(number(results.mean(group, STUDENT, domain.name, "nll")))
            cells.append(_difference(results.estimate(group, "", domain.name, "nll_difference")))
        lines.append(Line(label(results, group), tuple(cells), group.tag))
    for teacher in results.study.teachers:
        cells = []
        for domain in domains:
            cells += [
                number(results.value(teacher.id, teacher.name, domain.name, "nll")),
                heat(None),
            ]
        if teacher.id in results.scored:
            lines.append(Line(teacher_label(teacher), tuple(cells), "T"))
    caption = "Negative log-likelihood of the reference by domain, nats per token"
    return Table("likelihood", caption, tuple(columns), tuple(lines))


def _difference(estimate: Estimate | None) -> Cell:
    """Blue where an interval lies below 0, vermillion above; * marks either."""
    if estimate is None:
        return heat(None)
    cell = heat(estimate.value, 3, scale=0.5)
    sure = "*" if estimate.low > 0 or estimate.high < 0 else ""
    note = (
        f"{interval(estimate.low, estimate.high, 3)}, {estimate.seeds} seeds, n = {estimate.n:.0f}"
    )
    return Cell(cell.text + sure, cell.sort, cell.kind, cell.style, note)


def _cost(results: Results) -> list[Table]:
    """Arithmetic of the training: as it ran, and as if every teacher had run beside it."""
    columns = (
        ("steps", "optimizer steps"),
        (
            "TFLOP",
            "10^12 operations of the training as it ran; of recorded teachers the heads",
        ),
        ("TFLOP live", "the same with every teacher running beside the student"),
        ("seconds", "wall clock of the trial, evaluation included; depends on the machine's load"),
    )
    lines = []
    for group in _everybody(results):
        spent = [results.costs[trial.id] for trial in group.trials if trial.id in results.costs]
        if not spent:
            continue

        def mean(value: Callable[[dict[str, float]], float], of: list = spent) -> float:
            return sum(map(value, of)) / len(of)

        steps = mean(lambda one: one["steps"])
        cells = (
            number(steps, 0),
            number(mean(lambda one: one["steps"] * one["step_flop"]) / 1e12, 2),
            number(mean(lambda one: one["steps"] * one["step_flop_live"]) / 1e12, 2),
            number(mean(lambda one: one["seconds"]), 1),
        )
        lines.append(Line(label(results, group), cells, group.tag))
    return (
        [Table("cost", "What each student cost to train", columns, tuple(lines))] if lines else []
    )


def _risks(results: Results) -> list[Table]:
    domains = labelled_domains(results)
    lines = []
    for group in _everybody(results):
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


def _far(results: Results) -> list[Table]:
    """Inheritance where the reference is not even among the teacher's five top tokens."""
    if results.main is None:
        return []
    name, lines = results.main.name, []
    for group in _everybody(results):
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


def _everybody(results: Results) -> list[Group]:
    """Groups with results, every single-teacher control among them."""
    return [group for group in results.groups if group.trials]


def likelihood(results: Results) -> Markup | None:
    """On each domain the best cell, and the controls it is held against."""
    cells = [group for group in _everybody(results) if group.role == "cell"]
    controls = [group for group in _everybody(results) if group.role != "cell"]
    if not language_tables(results) or not cells or not controls:
        return None
    parts = []
    for domain in labelled_domains(results):

        def nll(group: Group, name: str = domain.name) -> float:
            return results.mean(group, STUDENT, name, "nll")

        best, rivals = min(cells, key=nll), sorted(controls, key=nll)
        named = [f"{label(results, group)} {fixed(nll(group))}" for group in rivals]
        parts.append(
            Markup("on {} {} at {} (controls: {})").format(
                strong(domain.name), best.label, fixed(nll(best)), listing(named, 8)
            )
        )
    return Markup("Nats per token, the best cell: {}.").format(Markup("; ").join(parts))
