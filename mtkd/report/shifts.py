"""A sentence on shifted domains: where inheritance shows, and where errors are worst."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from mtkd.report.domains import labelled_domains
from mtkd.report.numbers import count, fixed
from mtkd.report.phrases import strong
from mtkd.report.reading import Reading, read, shown
from mtkd.results import STUDENT, Estimate, Group, Results

Found = Mapping[str, Sequence[Estimate | None]]
"""Estimates by domain, in the order of the cells."""


def shifts(results: Results) -> Markup | None:
    """The domain on which most cells inherit, and where the students' rate of errors is worst."""
    shifted = [domain.name for domain in labelled_domains(results) if domain.kind == "shift"]
    cells = [group for group in shown(results) if group.role == "cell"]
    if not shifted or not cells or results.main is None:
        return None
    name = results.main.name
    statistic = "dd_ceir" if results.study.placebo else "excess_ceir"
    found = {
        domain: [results.estimate(cell, name, domain, statistic) for cell in cells]
        for domain in shifted
    }
    return _inherited(name, cells, found) + _worst(results, cells, shifted)


def _inherited(name: str, cells: Sequence[Group], found: Found) -> Markup:
    """Where most cells inherit, that none does anywhere, or that nobody can tell."""
    inheriting = {
        domain: [g for g, e in zip(cells, here, strict=True) if read(e) is Reading.INHERITS]
        for domain, here in found.items()
    }
    most = max(inheriting, key=lambda domain: len(inheriting[domain]))
    if not inheriting[most]:
        return _none(found)
    untaught = sum(name not in cell.committee for cell in inheriting[most])
    doubt = f" ({untaught} of them never taught by {name})" if untaught else ""
    return Markup(
        "Under shift, inheritance shows in {} of {} on {}, where it shows most often{}; "
    ).format(len(inheriting[most]), count(len(cells), "cell"), strong(most), doubt)


def _none(found: Found) -> Markup:
    there = [estimate for here in found.values() for estimate in here if estimate is not None]
    if not there:
        return Markup("Under shift, ")
    if all(one.underpowered or math.isnan(one.low) for one in there):
        return Markup(
            "Under shift, it cannot be told whether mistakes are inherited: too few are made with "
            "confidence; "
        )
    return Markup("Under shift, inheritance shows on no domain; ")


def _worst(results: Results, cells: Sequence[Group], shifted: Sequence[str]) -> Markup:
    rates = {
        domain: max(
            (results.mean(cell, STUDENT, domain, "confident_wrong_rate"), cell.label)
            for cell in cells
        )
        for domain in shifted
    }
    worst = max(rates, key=lambda domain: rates[domain][0])
    return Markup("the highest confident-wrong rate is {} on {} ({}).").format(
        fixed(rates[worst][0]), strong(worst), rates[worst][1]
    )
