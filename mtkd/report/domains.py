"""Tables and lines about domains: what shifts do, and what students make of nonsense."""

import math

from mtkd.report.reading import label, named, read, shown, teacher_label
from mtkd.report.tables import Cell, Line, Table, heat, number
from mtkd.results import STUDENT, Domain, Estimate, Results

OOD = (
    ("AUROC", "ood_auroc", 3, "probability that nonsense gets less confidence than a clean item"),
    ("FPR95", "ood_fpr95", 3, "share of nonsense accepted when 95 % of clean items are"),
    ("confidence", "mean_confidence", 3, "mean confidence on nonsense"),
    ("confident", "share_confident", 3, "share of nonsense answered with confidence >= tau"),
)


def labelled_domains(results: Results) -> list[Domain]:
    """Clean, then shifts, in the order of the study."""
    return [domain for domain in results.study.domains if domain.kind != "ood"]


def shift_tables(results: Results) -> list[Table]:
    """Confident-wrong rate, endpoint, and what the shift added, by student and domain."""
    domains = labelled_domains(results)
    if len(domains) < 2:
        return []
    tables = [_rates(results, domains), _endpoints(results, domains), _added(results, domains)]
    return [table for table in tables if table.lines]


def _rates(results: Results, domains: list[Domain]) -> Table:
    def cells(model: str, trials: list[str]) -> tuple[Cell, ...]:
        found = [
            _mean([results.value(t, model, d.name, "confident_wrong_rate") for t in trials])
            for d in domains
        ]
        return tuple(heat(value, 3, False, scale=0.2) for value in found)

    lines = [
        Line(label(results, g), cells(STUDENT, [trial.id for trial in g.trials]), g.tag)
        for g in shown(results)
    ]
    for teacher in results.study.teachers:
        if teacher.id in results.scored:
            lines.append(Line(teacher_label(teacher), cells(teacher.name, [teacher.id]), "T"))
    caption = f"Confident-wrong rate (confidence ≥ {results.study.tau:g}) by domain"
    return Table("shift-cwr", caption, tuple((d.name, "") for d in domains), tuple(lines))


def _added(results: Results, domains: list[Domain]) -> Table:
    shifts = [domain for domain in domains if domain.kind == "shift"]
    lines = []
    for group in shown(results):
        found = [results.mean(group, STUDENT, d.name, "shift_amplification") for d in shifts]
        if not all(math.isnan(value) for value in found):
            cells = tuple(heat(value, 3, scale=0.3) for value in found)
            lines.append(Line(label(results, group), cells, group.tag))
    caption = "Shift amplification: what the shift added to CWR beyond what it added to the control"
    return Table("shift-added", caption, tuple((d.name, "") for d in shifts), tuple(lines))


def _endpoints(results: Results, domains: list[Domain]) -> Table:
    name = results.main.name if results.main else ""
    statistic = "dd_ceir" if results.study.placebo else "excess_ceir"
    lines = []
    for group in shown(results):
        found = [results.estimate(group, name, d.name, statistic) for d in domains]
        if any(found):
            lines.append(Line(label(results, group), tuple(map(_endpoint, found)), group.tag))
    caption = f"{named(statistic)} of {name} by domain; * marks intervals above 0"
    return Table("shift-dd", caption, tuple((d.name, "") for d in domains), tuple(lines))


def _endpoint(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return heat(None)
    cell = heat(estimate.value)
    sure = "*" if read(estimate).value == "inherits" else ""
    few = "few" if estimate.underpowered else ""
    note = f"n = {estimate.n:.0f}"
    return Cell(cell.text + sure, cell.sort, cell.kind, cell.style, note, few)


def ood_table(results: Results) -> Table | None:
    """Every model on every out-of-distribution domain."""
    domains = [domain for domain in results.study.domains if domain.kind == "ood"]
    if not domains:
        return None
    columns = [(f"{title} {domain.name}", note) for domain in domains for title, _, _, note in OOD]

    def cells(model: str, trials: list[str]) -> tuple[Cell, ...]:
        return tuple(
            number(_mean([results.value(t, model, domain.name, metric) for t in trials]), digits)
            for domain in domains
            for _, metric, digits, _ in OOD
        )

    lines = [
        Line(label(results, g), cells(STUDENT, [trial.id for trial in g.trials]), g.tag)
        for g in shown(results)
    ]
    for teacher in results.study.teachers:
        if teacher.id in results.scored:
            lines.append(Line(teacher_label(teacher), cells(teacher.name, [teacher.id]), "T"))
    caption = "Out-of-distribution items: told apart by confidence, and answered with confidence"
    return Table("ood", caption, tuple(columns), tuple(lines))


def _mean(values: list[float]) -> float:
    there = [value for value in values if not math.isnan(value)]
    return sum(there) / len(there) if there else math.nan
