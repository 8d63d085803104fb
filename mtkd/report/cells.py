"""Tables about students: quality, calibration, inheritance, where their errors come from."""

from dataclasses import replace

from mtkd.report.numbers import MISSING, interval
from mtkd.report.reading import (
    endpoint,
    fewer_seeds,
    label,
    named,
    read,
    shown,
    teacher_label,
)
from mtkd.report.tables import Cell, Line, Table, heat, number, p_value, text
from mtkd.results import SCALED, STUDENT, Estimate, Group, Results

QUALITY = (
    ("accuracy", "accuracy", 3, False, "share of items answered right"),
    ("gap", "signed_gap", 3, True, "mean confidence minus accuracy; positive: overconfident"),
    ("CWR", "confident_wrong_rate", 3, False, "share of items wrong with confidence at least tau"),
    ("ECE", "ece", 3, False, "expected calibration error, 15 equal-width bins"),
    ("AURC", "aurc", 4, False, "area under the risk-coverage curve; lower is better"),
)
CALIBRATION = (
    ("L2 debiased", "debiased_l2", "debiased calibration error, 15 equal-mass bins"),
    ("smooth ECE", "smooth_ece", "calibration error without bins"),
)


def cell_table(results: Results) -> Table:
    """Every student, as trained and temperature-scaled, and every teacher, on clean items."""
    main = results.main.name if results.main else ""
    primary = "" if results.declared else "the primary endpoint, "
    columns = [(title, note) for title, _, _, _, note in QUALITY]
    columns += [
        (named(results.endpoint), f"{primary}of {main}"),
        ("95 % interval", "crossed bootstrap over seeds and items"),
        ("TWM", f"probability moved to the wrong label of {main}"),
        ("slope", f"how far towards {main} the student moved where {main} is wrong"),
        ("p", "exact sign-flip test over seeds of the same, two-sided"),
    ]
    columns += [(title, note) for title, _, note in CALIBRATION]
    lines: list[Line] = []
    for group in shown(results):
        lines.append(_line(results, group, STUDENT))
        lines.append(_line(results, group, SCALED))
    lines += _teacher_lines(results)
    caption = "Quality, calibration and inheritance on clean items, mean over seeds"
    table = Table("cells", caption, tuple(columns), tuple(lines))
    compared = any(endpoint(results, group) for group in shown(results))
    return table if compared else _without_endpoint(table)


def _without_endpoint(table: Table) -> Table:
    """The same without the columns that are empty where no student has a control."""
    first, last = len(QUALITY), len(table.columns) - len(CALIBRATION)
    lines = (replace(one, cells=one.cells[:first] + one.cells[last:]) for one in table.lines)
    columns = table.columns[:first] + table.columns[last:]
    caption = "Quality and calibration on clean items, mean over seeds"
    return replace(table, caption=caption, columns=columns, lines=tuple(lines))


def _line(results: Results, group: Group, model: str) -> Line:
    cells = [
        number(results.mean(group, model, "clean", metric), digits, sign)
        for _, metric, digits, sign, _ in QUALITY
    ]
    estimate = endpoint(results, group, model)
    cells += [_value(estimate), _interval(estimate)]
    name = results.main.name if results.main else ""
    for statistic in ("transferred_wrong_mass", "slope_wrong"):
        found = results.mean(group, model, "clean", f"inheritance/{name}/{statistic}")
        cells.append(number(found, 2, True))
    cells.append(p_value(estimate.p if estimate else None))
    further = [results.mean(group, model, "clean", metric) for _, metric, _ in CALIBRATION]
    cells += [number(value) for value in further]
    if model == SCALED:
        sort = f"{label(results, group)} +T"
        return Line("temperature-scaled", tuple(cells), f"{group.tag} +T", "scaled", sort=sort)
    few = f"n = {estimate.n:.0f}" if estimate and estimate.underpowered else ""
    mark = ", ".join(filter(None, (few, fewer_seeds(results, group))))
    return Line(label(results, group), tuple(cells), group.tag, mark=mark)


def _value(estimate: Estimate | None) -> Cell:
    return number(estimate.value if estimate else None, 2, True)


def _interval(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return text(MISSING, "number")
    return Cell(interval(estimate.low, estimate.high), f"{estimate.low:.6g}", "number")


def _teacher_lines(results: Results) -> list[Line]:
    """Teachers have no control and no inheritance: those cells are empty."""
    lines = []
    for teacher in results.study.teachers:
        at = (teacher.id, teacher.name, "clean")
        cells = [number(results.value(*at, m), digits, sign) for _, m, digits, sign, _ in QUALITY]
        cells += [text(MISSING, "number")] * 5
        cells += [number(results.value(*at, metric)) for _, metric, _ in CALIBRATION]
        if teacher.id in results.scored:
            lines.append(Line(teacher_label(teacher), tuple(cells), "T"))
    return lines


def heat_table(results: Results) -> Table:
    """The endpoint of every student against every teacher, as a heat map."""
    teachers = [teacher.name for teacher in results.study.teaching]
    lines = []
    for group in shown(results):
        estimates = [results.estimate(group, t, "clean", results.endpoint) for t in teachers]
        if any(estimates):
            cells = tuple(_heat(estimate) for estimate in estimates)
            lines.append(Line(label(results, group), cells, group.tag))
    caption = f"{named(results.endpoint)} per student and teacher, clean items"
    columns = tuple((teacher, "") for teacher in teachers)
    return Table("heat", caption, columns, tuple(lines))


def _heat(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return heat(None)
    cell = heat(estimate.value)
    sure = "*" if read(estimate).value == "inherits" else ""
    few = f"n = {estimate.n:.0f}" if estimate.underpowered else ""
    note = f"{interval(estimate.low, estimate.high)}, n = {estimate.n:.0f}"
    return Cell(cell.text + sure, cell.sort, cell.kind, cell.style, note, few)
