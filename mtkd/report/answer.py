"""The answer of a study in plain sentences, made from its numbers and from nothing else."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from mtkd.report.comparisons import (
    coincidence,
    compared_cells,
    measured_cells,
    spurious,
    strongest,
    value,
    weakest,
)
from mtkd.report.consequences import price, scaling, single, unsure
from mtkd.report.effects import largest_effects
from mtkd.report.elsewhere import inherited_elsewhere
from mtkd.report.likelihood import likelihood
from mtkd.report.numbers import count
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import MARGIN, Reading, read_endpoint, unseen
from mtkd.report.sets import describe, telling_axis
from mtkd.report.shifts import shifts
from mtkd.results import Group, Results

Sentence = Callable[[Results], Markup | None]


def answer(results: Results) -> tuple[Markup, list[Markup]]:
    """The finding in one paragraph, and what else the numbers say, a sentence each."""
    further: Sequence[Sentence] = (
        inherited_elsewhere,
        strongest,
        weakest,
        largest_effects,
        coincidence,
        spurious,
        unsure,
        likelihood,
        price,
        scaling,
        shifts,
        single,
        known,
        missing,
    )
    said = [sentence(results) for sentence in further]
    return finding(results), [sentence for sentence in said if sentence is not None]


def cells_by_reading(results: Results) -> dict[Reading, list[Group]]:
    """The cells of the grid that have an endpoint, by what their interval allows to say."""
    found: dict[Reading, list[Group]] = {reading: [] for reading in Reading}
    for group in compared_cells(results):
        found[read_endpoint(results, group)].append(group)
    return found


def finding(results: Results) -> Markup:
    """Which cells inherit, which do not, which stay open."""
    cells = compared_cells(results)
    if results.main is None or not cells:
        return Markup(
            "No cell could be compared with its teacher, the placebo and a labels-only control "
            "yet, so the question has no answer; see {} below."
        ).format("what to know first" if results.study.notes else "what is missing")
    name, at = strong(results.main.name), (results.main.id, results.main.name, "clean")
    if not measured_cells(results) and results.value(*at, "confident_wrong_rate") == 0:
        return Markup(
            "{} is never confidently wrong on the clean items, so no such mistake can be repeated."
        ).format(name)
    by = cells_by_reading(results)
    inherits = by[Reading.INHERITS]
    repeats = "repeats" if len(inherits) < 2 else "repeat"
    if by[Reading.OPEN] and not inherits:
        repeats = "surely repeats"
    start = Markup("{} of {} {} the confident mistakes of {}").format(
        len(inherits) or "None", count(len(cells), "cell"), repeats, name
    )
    return start + _divided(results, cells)


def _divided(results: Results, cells: Sequence[Group]) -> Markup:
    """The names of those that repeat them, then the others."""
    inherits, free, still_open = cells_by_reading(results).values()
    axis = telling_axis(inherits or free, cells)
    parts = [_names(results, inherits, cells, axis)]
    if free:
        does = "does" if len(free) == 1 else "do"
        end = f"{len(free)} {does} not (the interval ends below {MARGIN:g})"
        parts.append(end + _names(results, free, cells, axis))
    if still_open:
        stays = f"{len(still_open)} {'stays' if len(still_open) == 1 else 'stay'} open"
        why = _unseen(results, still_open)
        parts.append(stays + _names(results, still_open, cells, axis) + why)
    return Markup("; ").join(parts) + "."


def _unseen(results: Results, groups: Sequence[Group]) -> str:
    """Why some of them, or all, could not have shown anything."""
    whys = [why for why in (unseen(results, group) for group in groups) if why]
    said = [
        f"because {why}" if whys.count(why) == len(groups) else f"{whys.count(why)} because {why}"
        for why in dict.fromkeys(whys)
    ]
    return f" ({', '.join(said)})" if said else ""


def _names(results: Results, groups: Sequence[Group], among: Sequence[Group], axis: str) -> Markup:
    if not groups:
        return Markup("")
    ordered = sorted(groups, key=lambda group: -value(results, group))
    said = describe(ordered, among, axis, lambda group: value(results, group))
    return Markup(": {}").format(said)


def known(results: Results) -> Markup | None:
    """How many known answers were met, and which were not."""
    if not results.verdicts:
        return None
    met = sum(verdict.met is True for verdict in results.verdicts)
    missed = [f"“{verdict.claim}”" for verdict in results.verdicts if verdict.met is not True]
    text = Markup("{} of {} met").format(met, count(len(results.verdicts), "known answer"))
    return Markup("{}; not: {}.").format(text, listing(missed)) if missed else text + "."


def missing(results: Results) -> Markup | None:
    """That something is missing, before anybody reads the numbers as complete."""
    if not results.problems:
        return None
    number = count(len(results.problems), "model")
    return Markup('{} missing: see <a href="#missing">what is missing</a>.').format(
        f"{number} {'is' if len(results.problems) == 1 else 'are'}"
    )
