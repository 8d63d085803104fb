"""The picture of a study of language models: what each student gained over labels alone."""

import math

from mtkd.report.canvas import MARKERS, OKABE_ITO, figure, svg
from mtkd.report.domains import labelled_domains
from mtkd.report.pictures import Picture
from mtkd.report.reading import label
from mtkd.results import Estimate, Group, Results

STATISTIC = "nll_difference"


def gains(results: Results) -> Picture | None:
    """Difference in NLL to the labels-only student by domain, with intervals, best on top."""
    domains = [domain.name for domain in labelled_domains(results)]
    groups = [group for group in results.groups if _gain(results, group, domains[-1]) is not None]
    if not groups:
        return None
    ordered = sorted(groups, key=lambda group: -_mean(results, group, domains))
    with figure(7.2, 1.2 + 0.24 * len(ordered)) as (drawn, axes):
        for place, domain in enumerate(domains):
            found = [_gain(results, group, domain) for group in ordered]
            rows = [row + 0.22 * (place - (len(domains) - 1) / 2) for row in range(len(ordered))]
            known = [(one, row) for one, row in zip(found, rows, strict=True) if one is not None]
            middle = [one.value for one, _ in known]
            below = [one.value - one.low for one, _ in known]
            above = [one.high - one.value for one, _ in known]
            axes.errorbar(
                middle,
                [row for _, row in known],
                xerr=[below, above],
                fmt=MARKERS[place % 8],
                color=OKABE_ITO[place % 8],
                markersize=4,
                elinewidth=1,
                label=domain,
            )
        axes.axvline(0, color="#888888", linewidth=1)
        names = [f"{label(results, group)}  [{group.tag}]" for group in ordered]
        axes.set_yticks(range(len(ordered)), names, fontsize=7)
        axes.set_xlabel("NLL minus labels only, nats (left is better)")
        drawn.legend(loc="outside upper right", ncols=len(domains))
        first = _gain(results, ordered[0], domains[0])
        n = f"{first.n:.0f}" if first else "0"
        text = (
            f"Mean over {max(len(group.trials) for group in ordered)} seeds with 95 % intervals "
            f"over seeds and sequences, n = {n} tokens a domain. At equal steps, but for the "
            "controls whose name says otherwise."
        )
        drawing = svg(drawn, "gains", "difference in NLL to labels only")
        return Picture(drawing, "What each student gained over labels alone", text)


def _gain(results: Results, group: Group, domain: str) -> Estimate | None:
    found = results.estimate(group, "", domain, STATISTIC) if group.trials else None
    return None if found is None or math.isnan(found.value) else found


def _mean(results: Results, group: Group, domains: list[str]) -> float:
    found = [_gain(results, group, domain) for domain in domains]
    values = [one.value for one in found if one is not None]
    return sum(values) / len(values)
