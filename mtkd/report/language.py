"""Tables of a study of language models: likelihood by domain, cost, risks and far errors."""

from collections.abc import Sequence

from mtkd.report.costs import cost_tables
from mtkd.report.domains import labelled_domains
from mtkd.report.language_errors import far_tables, risk_tables
from mtkd.report.numbers import interval
from mtkd.report.reading import label, teacher_label
from mtkd.report.tables import Cell, Line, Table, heat, number
from mtkd.results import STUDENT, Domain, Estimate, Group, Results


def language_tables(results: Results) -> list[Table]:
    """Likelihood, cost, risks and far errors; nothing for a study of classifiers.

    Every single-teacher control has a line of its own.
    """
    if not of_language_models(results):
        return []
    groups = [group for group in results.groups if group.trials]
    return [
        _likelihood(results, groups),
        *cost_tables(results, groups),
        *risk_tables(results, groups),
        *far_tables(results, groups),
    ]


def of_language_models(results: Results) -> bool:
    """Whether any student was compared by the likelihood of a text."""
    return any(key.statistic == "nll_difference" for key in results.estimates)


def _likelihood(results: Results, groups: Sequence[Group]) -> Table:
    """NLL of every student and teacher by domain, and the difference to labels only."""
    domains = labelled_domains(results)
    lines = [
        Line(label(results, group), _of_student(results, group, domains), group.tag)
        for group in groups
    ]
    for teacher in results.study.teachers:
        if teacher.id in results.scored:
            cells: list[Cell] = []
            for domain in domains:
                nll = results.value(teacher.id, teacher.name, domain.name, "nll")
                cells += [number(nll), heat(None)]
            lines.append(Line(teacher_label(teacher), tuple(cells), "T"))
    columns: list[tuple[str, str]] = []
    against = "minus the labels-only student of the same seed; below 0: better"
    for domain in domains:
        columns += [(domain.name, "nats per token; lower is better"), (f"Δ {domain.name}", against)]
    caption = "Negative log-likelihood of the reference by domain, nats per token"
    return Table("likelihood", caption, tuple(columns), tuple(lines))


def _of_student(results: Results, group: Group, domains: Sequence[Domain]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for domain in domains:
        cells.append(number(results.mean(group, STUDENT, domain.name, "nll")))
        cells.append(_difference(results.estimate(group, "", domain.name, "nll_difference")))
    return tuple(cells)


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
