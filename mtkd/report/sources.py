"""Tables about where a student's errors come from: teacher by teacher, and the committee."""

from mtkd.report.numbers import interval
from mtkd.report.reading import label, named, shown
from mtkd.report.tables import Cell, Line, Table, number, p_value, text
from mtkd.results import STUDENT, Group, Results

VALUES = (
    ("CEIR", "ceir", False, "share of the teacher's confident errors that the student repeats"),
    ("control", "control_ceir", False, "the same for the labels-only student of the same seed"),
    ("excess", "excess_ceir", True, "CEIR minus control"),
)
MOVED = (
    ("TWM", "transferred_wrong_mass", "probability moved to the teacher's wrong label"),
    ("slope W", "slope_wrong", "how far towards the teacher where it is wrong"),
    ("slope R", "slope_right", "how far towards the teacher where it is right"),
    ("asymmetry", "slope_asymmetry", "vector slope on wrong minus on right items"),
)


def teacher_table(results: Results) -> Table:
    """Every statistic of every student against every teacher, on clean items."""
    columns = [("teacher", ""), ("n", "confident errors of the teacher")]
    columns += [(title, note) for title, _, _, note in VALUES]
    columns += [(named(results.endpoint), ""), ("95 % interval", "")]
    columns += [(title, note) for title, _, note in MOVED]
    columns += [("p", "exact sign flips over seeds"), ("p Holm", "over the secondary family")]
    lines = [
        Line(label(results, group), _teacher_cells(results, group, teacher.name), group.tag)
        for group in shown(results)
        for teacher in results.study.teaching
        if results.estimate(group, teacher.name, "clean", results.endpoint)
    ]
    caption = "Inheritance from every teacher, clean items, mean over seeds"
    return Table("teachers", caption, tuple(columns), tuple(lines))


def _teacher_cells(results: Results, group: Group, teacher: str) -> tuple[Cell, ...]:
    found = results.estimate(group, teacher, "clean", results.endpoint)
    assert found is not None

    def value(metric: str) -> float:
        return results.mean(group, STUDENT, "clean", f"inheritance/{teacher}/{metric}")

    few = "few" if found.underpowered else ""
    cells = [text(teacher), Cell(f"{found.n:.0f}", f"{found.n:.6g}", "number", mark=few)]
    cells += [number(value(metric), 2, sign) for _, metric, sign, _ in VALUES]
    span = Cell(interval(found.low, found.high), f"{found.low:.6g}", "number")
    cells += [number(found.value, 2, True), span]
    cells += [number(value(metric), 2, True) for _, metric, _ in MOVED]
    return (*cells, p_value(found.p), p_value(found.p_holm))


def committee_table(results: Results) -> Table | None:
    """Confident errors of students that several teachers taught, and whose they are."""
    groups = [g for g in shown(results) if len(g.committee) > 1]
    if not groups:
        return None
    teachers = [teacher.name for teacher in results.study.teaching]
    columns = [
        ("errors", "confident errors per seed"),
        ("shared", "the control gives the same wrong label"),
        ("inherited", "not shared, and some teacher of the committee gives the same label"),
        ("novel", "neither"),
    ]
    columns += [(f"from {name}", "its part of the inherited errors, by mass") for name in teachers]
    columns += [(f"slope {name}", "joint least squares over the committee") for name in teachers]
    columns += [
        ("condition", "condition number of the joint fit; above 30 it says nothing"),
        ("rescued", "right where one teacher is confidently wrong and all others are right"),
        ("rescued, control", "the same for the labels-only student"),
    ]
    lines = [
        Line(label(results, group), _committee_cells(results, group, teachers), group.tag)
        for group in groups
    ]
    caption = "Whose errors a committee's student makes, clean items, mean over seeds"
    return Table("committee", caption, tuple(columns), tuple(lines))


def _committee_cells(results: Results, group: Group, teachers: list[str]) -> tuple[Cell, ...]:
    def value(metric: str) -> float:
        return results.mean(group, STUDENT, "clean", metric)

    def count(metric: str) -> float:
        return results.mean_count(group, STUDENT, "clean", f"committee/{metric}")

    counts = [count(f"errors_{kind}") for kind in ("shared", "inherited", "novel")]
    cells = [number(sum(counts), 1), *(number(each, 1) for each in counts)]
    cells += [number(count(f"credit/{name}"), 1) for name in teachers]
    cells += [number(value(f"committee/joint_slope/{name}"), 2, True) for name in teachers]
    cells.append(number(value("committee/joint_slope_condition"), 1))
    rescued = ("blind_spot_rescue", "blind_spot_rescue_control")
    return (*cells, *(number(value(name), 2) for name in rescued))
