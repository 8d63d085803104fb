"""The answer of a study in plain sentences, made from its numbers and from nothing else."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from mtkd.report.comparisons import (
    coincidence,
    compared_cells,
    spurious,
    strongest,
    value,
    weakest,
)
from mtkd.report.consequences import price, scaling, shifts, single, unsure
from mtkd.report.effects import largest_effects
from mtkd.report.likelihood import likelihood
from mtkd.report.numbers import count
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import MARGIN, Reading, endpoint, read
from mtkd.report.sets import describe, telling_axis
from mtkd.results import Group, Results

Sentence = Callable[[Results], Markup | None]


def answer(results: Results) -> tuple[Markup, list[Markup]]:
    """The finding in one paragraph, and what else the numbers say, a sentence each."""
    further: Sequence[Sentence] = (
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
        found[read(endpoint(results, group))].append(group)
    return found


def finding(results: Results) -> Markup:
    """Which cells inherit, which do not, which stay open."""
    found = cells_by_reading(results)
    cells = [group for groups in found.values() for group in groups]
    total = len(cells)
    if results.main is None or not total:
        return Markup(
            "No cell could be compared with its teacher, the placebo and a labels-only control "
            "yet, so the question has no answer; see {} below."
        ).format("what to know first" if results.study.notes else "what is missing")
    name = strong(results.main.name)
    inherits, free, still_open = (found[reading] for reading in Reading)
    axis = telling_axis(inherits or free, cells)
    parts = [
        Markup("{} of {} {} the confident mistakes of {}{}").format(
            len(inherits) or "None",
            count(total, "cell"),
            "repeats" if len(inherits) < 2 else "repeat",
            name,
            _names(results, inherits, cells, axis),
        )
    ]
    if free:
        end = f"the interval ends below {MARGIN:g}"
        does = "does" if len(free) == 1 else "do"
        names = _names(results, free, cells, axis)
        parts.append(Markup("{} {} not ({}){}").format(len(free), does, end, names))
    if still_open:
        parts.append(
            Markup("{} {} open{}").format(
                len(still_open),
                "stays" if len(still_open) == 1 else "stay",
                _names(results, still_open, cells, axis),
            )
        )
    return Markup("{}.").format(Markup("; ").join(parts))


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
