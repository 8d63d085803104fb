"""The worst that a student meets: for each promise, the domain on which it fares worst."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mtkd.report.numbers import MISSING, fixed
from mtkd.report.reading import label, named, shown
from mtkd.report.tables import Cell, Line, Table
from mtkd.results import SCALED, STUDENT, Domain, Group, Results


class Promise(NamedTuple):
    """Something a reader relies on: its value on a domain and how many items that is about."""

    title: str
    note: str
    value: Callable[[Group, str], float]
    n: Callable[[Group, str], float]
    sign: int = 1
    signed: bool = False


def worst_table(results: Results) -> Table | None:
    """Each student's worst shifted domain by promise, beside its value on clean items."""
    shifted = [domain for domain in results.study.domains if domain.kind == "shift"]
    if not shifted:
        return None
    promises = _promises(results)
    lines = [
        Line(
            label(results, group), tuple(_worst(one, group, shifted) for one in promises), group.tag
        )
        for group in shown(results)
    ]
    caption = (
        f"Worst of {len(shifted)} shifted domains, mean over seeds; in brackets: on clean items"
    )
    columns = tuple((one.title, one.note) for one in promises)
    return Table("worst", caption, columns, tuple(lines), numeric=False)


def _promises(results: Results) -> list[Promise]:
    def plain(title: str, metric: str, model: str, note: str, sign: int = 1) -> Promise:
        return Promise(
            title,
            note,
            lambda group, domain: results.mean(group, model, domain, metric),
            lambda group, domain: results.items(group.trials[0].id, model, domain, metric),
            sign,
        )

    rate = f"share wrong with confidence at least {results.study.tau:g}"
    return [
        plain("accuracy", "accuracy", STUDENT, "lowest", sign=-1),
        plain("CWR", "confident_wrong_rate", STUDENT, f"highest; {rate}"),
        *_inherited(results),
        plain("ECE", "ece", SCALED, "highest; at the temperature of clean validation data"),
        plain("risk", "price/risk", STUDENT, "highest; of answers above the clean threshold"),
    ]


def _inherited(results: Results) -> list[Promise]:
    """The endpoint of the teacher in focus, where the study has one."""
    if results.main is None:
        return []
    teacher = results.main.name
    statistic = "dd_ceir" if results.study.placebo else "excess_ceir"

    def value(group: Group, domain: str) -> float:
        found = results.estimate(group, teacher, domain, statistic)
        return found.value if found and not found.underpowered else math.nan

    def n(group: Group, domain: str) -> float:
        found = results.estimate(group, teacher, domain, statistic)
        return found.n if found else math.nan

    note = f"highest, of {teacher}; domains on which it has fewer than 20 confident errors left out"
    return [Promise(named(statistic), note, value, n, signed=True)]


def _worst(promise: Promise, group: Group, shifted: Sequence[Domain]) -> Cell:
    found = {domain.name: promise.value(group, domain.name) for domain in shifted}
    there = {name: value for name, value in found.items() if not math.isnan(value)}
    if not there:
        return Cell(MISSING)
    name = max(there, key=lambda one: promise.sign * there[one])
    clean = fixed(promise.value(group, "clean"), 3, promise.signed)
    text = f"{fixed(there[name], 3, promise.signed)} {name} ({clean})"
    n = promise.n(group, name)
    return Cell(text, f"{there[name]:.6g}", note=f"{name}, n = {n:.0f}")
