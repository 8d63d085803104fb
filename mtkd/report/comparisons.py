"""Sentences about the primary endpoint: where it is large, where small, where mere coincidence."""

import math

from markupsafe import Markup

from mtkd.report.numbers import count, fixed, share
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import (
    Reading,
    endpoint,
    label,
    named,
    read,
    read_endpoint,
    shown,
    words,
)
from mtkd.results import STUDENT, Group, Results


def compared_cells(results: Results) -> list[Group]:
    """The cells of the grid that have an endpoint."""
    return [g for g in shown(results) if g.role == "cell" and endpoint(results, g) is not None]


def value(results: Results, group: Group) -> float:
    """The primary endpoint of a group, NaN where it has none."""
    estimate = endpoint(results, group)
    return estimate.value if estimate else math.nan


def measured_cells(results: Results) -> list[Group]:
    """Those of the compared cells whose endpoint is a number."""
    return [g for g in compared_cells(results) if not math.isnan(value(results, g))]


def strongest(results: Results) -> Markup | None:
    """The cell with the largest endpoint, in counts of a hundred mistakes."""
    cells = measured_cells(results)
    if not cells or results.main is None:
        return None
    group = max(cells, key=lambda cell: value(results, cell))
    at = f"inheritance/{results.main.name}/"
    own = results.mean(group, STUDENT, "clean", f"{at}ceir")
    control = results.mean(group, STUDENT, "clean", f"{at}control_ceir")
    return Markup(
        "Most in {}: {} {}. Of the items on which {} is confidently wrong, this student gives the "
        "same wrong answer with confidence on {}, its labels-only control on {}."
    ).format(
        strong(group.label),
        named(results.endpoint),
        words(endpoint(results, group)),
        results.main.name,
        share(own),
        share(control),
    )


def weakest(results: Results) -> Markup | None:
    """The smallest endpoint among the cells that the teacher did teach."""
    if results.main is None:
        return None
    cells = [cell for cell in measured_cells(results) if results.main.name in cell.committee]
    if len(cells) < 2:
        return None
    group = min(cells, key=lambda cell: value(results, cell))
    return Markup("Least among the students that {} taught: {}, {}.").format(
        results.main.name, strong(group.label), words(endpoint(results, group))
    )


def coincidence(results: Results) -> Markup | None:
    """Students that the teacher never taught: they should show nothing."""
    if results.main is None:
        return None
    name = results.main.name
    untaught = [group for group in shown(results) if name not in group.committee]
    groups = [group for group in untaught if not math.isnan(value(results, group))]
    if not groups:
        return None
    furthest = max(groups, key=lambda group: abs(value(results, group)))
    estimate = endpoint(results, furthest)
    accused = [g for g in groups if read(endpoint(results, g)) is Reading.INHERITS]
    end = Markup(" That is a surprise: something other than teaching moves it.") if accused else ""
    return Markup("{} that {} never taught {} at most {} away from 0 ({}, {}).{}").format(
        count(len(groups), "student"),
        name,
        "lies" if len(groups) == 1 else "lie",
        fixed(abs(value(results, furthest)), 2),
        label(results, furthest),
        words(estimate),
        end,
    )


def spurious(results: Results) -> Markup | None:
    """Students that the plain excess would accuse and the placebo acquits."""
    if results.main is None or results.endpoint != "dd_ceir":
        return None
    placebo = results.study.placebo
    accused = []
    for group in shown(results):
        excess = results.estimate(group, results.main.name, "clean", "excess_ceir")
        other = results.estimate(group, placebo.name if placebo else "", "clean", "excess_ceir")
        both = read(excess) is Reading.INHERITS and read(other) is Reading.INHERITS
        if both and excess and other and read_endpoint(results, group) is Reading.FREE:
            name = strong(label(results, group))
            pair = fixed(excess.value, 2, True), fixed(other.value, 2, True)
            accused.append(Markup("{} ({} against {})").format(name, *pair))
    if not accused:
        return None
    return Markup(
        "The plain excess over the control alone would have accused {}: the placebo, which never "
        "taught, shows it too (second number)."
    ).format(listing(accused, 4))
