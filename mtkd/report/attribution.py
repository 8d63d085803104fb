"""Tables of what several teachers do together: shared errors, and the removal of each teacher."""

import math

from mtkd.metrics.bootstrap import FEW
from mtkd.report.marked import MARKS, marked
from mtkd.report.numbers import interval
from mtkd.report.reading import label, shown
from mtkd.report.tables import Cell, Line, Table, number, p_value, text
from mtkd.results import STUDENT, Group, Results, removal_of, removals


def removal_table(results: Results) -> Table | None:
    """What each student inherits less once a teacher is gone, beside the cheaper attributions."""
    lines = [_removal(results, *found) for found in removals(results.groups)]
    there = [line for line in lines if line is not None]
    if not there:
        return None
    main = results.main.name if results.main else ""
    columns = [
        ("n", "confident errors of the removed teacher"),
        ("CEIR all", "the whole committee's student repeats this share of them"),
        ("CEIR without", "the student trained without that teacher"),
        ("Δ", "their difference: what that teacher's presence causes"),
        ("95 % interval", "crossed bootstrap over seeds and items"),
        ("p", "exact sign flips over seeds"),
        ("p Holm", "over the secondary family"),
        (f"Δ on {main}", f"the same on the confident errors of {main}; negative: it prevents them"),
        ("Δ on placebo", "on those of a teacher that never taught: coincidence"),
        ("by mass", "its part of the whole student's inherited errors, per seed"),
        ("alone", "inherited errors that no other teacher gives, per seed"),
        ("joint slope", "joint least squares over the committee"),
        ("accuracy", "of the whole committee's student"),
        ("accuracy without", "of the student trained without that teacher"),
    ]
    caption = f"Leave one teacher out: retrained without each, clean items; {MARKS}"
    return Table("removal", caption, tuple(columns), tuple(there))


def _removal(results: Results, whole: Group, gone: str, without: Group) -> Line | None:
    found = results.estimate(whole, gone, "clean", removal_of(gone, gone))
    if found is None:
        return None
    ceir, few = f"inheritance/{gone}/ceir", "few" if found.underpowered else ""
    cells = (
        Cell(f"{found.n:.0f}", f"{found.n:.6g}", "number", mark=few),
        *(number(results.mean(group, STUDENT, "clean", ceir)) for group in (whole, without)),
        marked(found, 3),
        Cell(interval(found.low, found.high), f"{found.low:.6g}", "number"),
        p_value(found.p),
        p_value(found.p_holm),
        *_on_others(results, whole, gone),
        *_cheaper(results, whole, gone),
        *(number(results.mean(group, STUDENT, "clean", "accuracy")) for group in (whole, without)),
    )
    return Line(without.label, cells, without.tag)


def _on_others(results: Results, whole: Group, gone: str) -> list[Cell]:
    """The removal's effect on the errors of the teacher in focus, and on the placebo's."""
    cells = []
    for teacher in (results.main, results.study.placebo):
        if teacher is None or teacher.name == gone:
            cells.append(text(""))
            continue
        statistic = removal_of(gone, teacher.name)
        cells.append(marked(results.estimate(whole, teacher.name, "clean", statistic)))
    return cells


def _cheaper(results: Results, whole: Group, gone: str) -> list[Cell]:
    """What needs no training: credit by mass, errors of this teacher alone, joint least squares."""
    counts = [
        results.mean_count(whole, STUDENT, "clean", f"committee/{kind}/{gone}")
        for kind in ("credit", "sole_source")
    ]
    slope = results.mean(whole, STUDENT, "clean", f"committee/joint_slope/{gone}")
    return [*(number(count, 1) for count in counts), number(slope, 2, True)]


def shared_table(results: Results) -> Table | None:
    """Errors that teachers share, and those of one alone: what students make of either."""
    names = [teacher.name for teacher in results.study.teaching]
    columns = [
        ("consensus", "share of items with a confidently wrong teacher whom another seconds"),
        ("unanimous", "CEIR where all teachers are confidently wrong with one label"),
        ("control", "the same of the labels-only student"),
        ("majority", "CEIR where more than half of them are"),
        ("control", "the same of the labels-only student"),
    ]
    for name in names:
        columns.append((f"rescued {name}", f"right where {name} alone is confidently wrong"))
        columns.append(("control", "the same of the labels-only student"))
    lines = []
    for group in _taught(results):
        cells = _shared(results, group, names)
        if any(cell.sort for cell in cells):
            lines.append(Line(label(results, group), cells, group.tag))
    if len(names) < 2 or not lines:
        return None
    caption = (
        "Errors that teachers share, and blind spots of one, clean items, mean over seeds; "
        "students of a single teacher show what it does unrescued"
    )
    return Table("shared", caption, tuple(columns), tuple(lines))


def _taught(results: Results) -> list[Group]:
    """The groups that are shown, and every student of a single teacher."""
    there = shown(results)
    singles = [g for g in results.groups if g.control == "best_single_teacher" and g.trials]
    return there + [group for group in singles if group not in there]


def _shared(results: Results, group: Group, names: list[str]) -> tuple[Cell, ...]:
    wanted = ["consensus_of_wrong"]
    for metric in ("unanimous_ceir", "majority_ceir"):
        wanted += [metric, f"{metric}_control"]
    for name in names:
        wanted += [f"blind_spot_rescue/{name}", f"blind_spot_rescue_control/{name}"]
    return tuple(_with_n(results, group, metric) for metric in wanted)


def _with_n(results: Results, group: Group, metric: str) -> Cell:
    """A mean over seeds, marked with its n where that is small."""
    value = results.mean(group, STUDENT, "clean", metric)
    n = min((results.items(t.id, STUDENT, "clean", metric) for t in group.trials), default=0)
    cell = number(value, 2, note=f"n = {n}")
    few = f"n = {n}" if n < FEW and not math.isnan(value) else ""
    return Cell(cell.text, cell.sort, cell.kind, note=cell.note, mark=few)
