"""A table about items without a right answer: is a student sure where its teacher is?"""

from mtkd.report.marked import MARKS, marked
from mtkd.report.reading import label, shown
from mtkd.report.tables import Cell, Line, Table, number
from mtkd.results import STUDENT, Group, Results


def outside_table(results: Results) -> Table | None:
    """Is the student sure of nonsense where the teacher in focus is, more than its control?"""
    domains = [domain.name for domain in results.study.domains if domain.kind == "ood"]
    lines = [_line(results, group, domains) for group in shown(results)]
    there = [line for line in lines if line is not None]
    if results.main is None or not there:
        return None
    columns = [column for domain in domains for column in _columns(domain)]
    name = results.main.name
    caption = f"Sure of nonsense where {name} is sure of it, more than the control; {MARKS}"
    return Table("ood-together", caption, tuple(columns), tuple(there))


def _columns(domain: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (
        (domain, "P(student confident | teacher confident) minus the control's"),
        (f"same, {domain}", "P(same answer | both confident)"),
    )


def _line(results: Results, group: Group, domains: list[str]) -> Line | None:
    name = results.main.name if results.main else ""
    statistic = "confident_together_excess"
    found = {domain: results.estimate(group, name, domain, statistic) for domain in domains}
    if not any(found.values()):
        return None
    cells: list[Cell] = []
    for domain, estimate in found.items():
        same = f"inheritance/{name}/same_confident_answer"
        cells += [marked(estimate, 3), number(results.mean(group, STUDENT, domain, same))]
    return Line(label(results, group), tuple(cells), group.tag)
