"""The plots with axes: accuracy against confident errors, shifts, weights over training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtkd.report.canvas import DASHES, MARKERS, OKABE_ITO, figure, svg
from mtkd.report.domains import labelled_domains
from mtkd.report.histories import Weights
from mtkd.report.reading import shown
from mtkd.report.tags import Point, write_tags
from mtkd.results import STUDENT, Group, Results, axes_of


@dataclass(frozen=True)
class Picture:
    """An inline SVG with its title and what it is about, n included."""

    svg: str
    title: str
    text: str


def family(group: Group) -> str:
    """What a group is coloured by: its committee, or that it is a control."""
    return "controls" if group.role == "control" else axes_of(group)["committee"]


def scatter(results: Results) -> Picture:
    """Accuracy against confident-wrong rate on clean items, one mark for each student."""
    families: dict[str, list[Group]] = {}
    for group in shown(results):
        families.setdefault(family(group), []).append(group)
    points: list[Point] = []
    with figure(4.6, 3.7) as (drawn, axes):
        for place, (name, groups) in enumerate(families.items()):
            x = [results.mean(g, STUDENT, "clean", "accuracy") for g in groups]
            y = [results.mean(g, STUDENT, "clean", "confident_wrong_rate") for g in groups]
            colour, marker = OKABE_ITO[place % 8], MARKERS[place % 8]
            axes.plot(x, y, marker, color=colour, label=name, markersize=6, alpha=0.85)
            points += zip(groups, x, y, strict=True)
        write_tags(axes, points)
        axes.set_xlabel("accuracy")
        axes.set_ylabel(f"confident-wrong rate (confidence ≥ {results.study.tau:g})")
        drawn.legend(loc="outside upper left", ncols=2)
        first = points[0][0].trials[0].id
        n = results.items(first, STUDENT, "clean", "accuracy")
        text = (
            f"Mean over seeds, n = {n} clean items each. Labels are the tags of the tables, "
            "where there is room for them."
        )
        drawing = svg(drawn, "scatter", "accuracy against confident-wrong rate")
        return Picture(drawing, "Accuracy against confident-wrong rate", text)


def shift_lines(results: Results) -> list[Picture]:
    """Confident-wrong rate over the severities of each shift that has several."""
    shifts: dict[str, list[tuple[int, str]]] = {}
    for domain in labelled_domains(results):
        if domain.shift and domain.severity is not None:
            shifts.setdefault(domain.shift, []).append((domain.severity, domain.name))
    return [
        _shift_lines(results, name, [(0, "clean"), *sorted(points)])
        for name, points in shifts.items()
        if len(points) > 1
    ]


def _shift_lines(results: Results, shift: str, points: list[tuple[int, str]]) -> Picture:
    families: dict[str, list[Group]] = {}
    for group in shown(results):
        name = "labels only" if group.control == "labels_only" else family(group)
        if name != "controls":
            families.setdefault(name, []).append(group)
    with figure(4.4, 3.4) as (drawn, axes):
        for place, (name, groups) in enumerate(families.items()):
            y = [
                np.mean([results.mean(g, STUDENT, d, "confident_wrong_rate") for g in groups])
                for _, d in points
            ]
            axes.plot(
                [severity for severity, _ in points],
                y,
                color=OKABE_ITO[place % 8],
                marker=MARKERS[place % 8],
                linestyle=DASHES[place % 8],
                markersize=4,
                label=f"{name} ({len(groups)})" if len(groups) > 1 else name,
            )
        axes.set_xlabel("severity (0: clean)")
        axes.set_ylabel("confident-wrong rate")
        axes.set_xticks([severity for severity, _ in points])
        drawn.legend(loc="outside upper left", ncols=2)
        title = shift.replace("_", " ")
        n = results.items(groups[0].trials[0].id, STUDENT, points[-1][1], "confident_wrong_rate")
        text = (
            f"Mean over seeds, and over the cells of a committee (how many, in brackets); n = {n} "
            "items at each severity."
        )
        return Picture(svg(drawn, f"shift-{shift}", f"{title}: CWR over severity"), title, text)


def weight_pictures(weights: Sequence[Weights]) -> list[Picture]:
    """Weight of each teacher over training, one plot for each weighting and committee."""
    return [_weight_picture(found, f"weights-{place}") for place, found in enumerate(weights)]


def _weight_picture(found: Weights, name: str) -> Picture:
    with figure(3.6, 2.7) as (drawn, axes):
        for teacher, (mean, low, high) in found.series.items():
            place = found.order.index(teacher)
            colour = OKABE_ITO[place % 8]
            axes.plot(found.steps, mean, color=colour, linestyle=DASHES[place % 8], label=teacher)
            axes.fill_between(found.steps, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.set_ylim(0, 1)
        axes.set_xlabel("step")
        axes.set_ylabel("weight")
        drawn.legend(loc="outside upper left", ncols=3)
        title = f"{found.weighting} · {found.committee}"
        text = f"Mean over n = {found.trials} trials (seeds and losses); band: lowest to highest."
        return Picture(svg(drawn, name, f"teacher weights of {title}"), title, text)
