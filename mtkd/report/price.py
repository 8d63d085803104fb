"""The price of not knowing the shift: choices made on clean data, and what they cost elsewhere."""

from dataclasses import dataclass

from mtkd.report.canvas import INK, MARKERS, OKABE_ITO, figure, svg
from mtkd.report.domains import labelled_domains
from mtkd.report.pictures import Picture
from mtkd.report.price_numbers import accepted, all_numbers
from mtkd.report.price_tables import calibrations, coverages, escapes, likelihoods, risks
from mtkd.report.reading import label, shown
from mtkd.report.tables import Table
from mtkd.report.worst import worst_table
from mtkd.results import STUDENT, Domain, Results
from mtkd.results.price import RISK

MOST = 8
"""Students in the picture: as many as there are colours."""


@dataclass(frozen=True)
class Price:
    """What the section shows: `tables` are open, `numbers` are folded."""

    target: str
    picture: Picture | None
    worst: Table | None
    tables: list[Table]
    numbers: Table


def price(results: Results) -> Price | None:
    """The section; None in a study of clean items only, or without students."""
    if len(results.study.domains) < 2 or not shown(results):
        return None
    domains = labelled_domains(results)
    tables: list[Table] = []
    if len(domains) > 1:
        makers = (risks, coverages, calibrations, likelihoods)
        tables = [make(results, domains) for make in makers]
    outside = [domain for domain in results.study.domains if domain.kind == "ood"]
    if outside:
        tables.append(escapes(results, outside))
    return Price(
        target=f"{RISK * 100:g} %",
        picture=_picture(results, domains) if len(domains) > 1 else None,
        worst=worst_table(results),
        tables=[table for table in tables if table.lines],
        numbers=all_numbers(results),
    )


def _picture(results: Results, domains: list[Domain]) -> Picture:
    """Risk of what the clean threshold accepts: a mark for each student on each domain."""
    groups = shown(results)[:MOST]
    height = [len(domains) - 1 - place for place in range(len(domains))]
    with figure(5.2, 1 + 0.17 * len(groups) + 0.24 * len(domains)) as (drawn, axes):
        axes.axvline(RISK, color=INK, linestyle="--", linewidth=0.9)
        for place, group in enumerate(groups):
            found = [results.mean(group, STUDENT, d.name, "price/risk") for d in domains]
            # Students of one domain stand a little apart, in the order of the legend.
            apart = 0.5 * (place - (len(groups) - 1) / 2) / max(len(groups), 1)
            colour, marker = OKABE_ITO[place % 8], MARKERS[place % 8]
            rows = [row - apart for row in height]
            name = f"{group.tag} {label(results, group)}"
            axes.plot(found, rows, marker, color=colour, label=name, markersize=3.5)
        axes.set_yticks(height, [domain.name for domain in domains])
        axes.set_ylim(-0.6, len(domains) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"risk of accepted answers (dashed: the target of {RISK * 100:g} %)")
        drawn.legend(loc="outside upper left", ncols=1)
        few = f"; the first {MOST} students" if len(shown(results)) > MOST else ""
        taken = [accepted(results, group, domain.name) for group in groups for domain in domains]
        n = f"n = {min(taken):.0f} to {max(taken):.0f} accepted items each, see the tables below"
        text = f"Mean over seeds{few}; {n}."
        title = "What the clean threshold lets through"
        return Picture(svg(drawn, "price-risk", f"{title}, by domain and student"), title, text)
