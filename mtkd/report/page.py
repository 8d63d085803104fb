"""The page: what goes into which section, and the template that lays it out."""

import math
from dataclasses import dataclass
from typing import Any

from mtkd.report.answer import answer
from mtkd.report.asking import outcomes
from mtkd.report.attribution import removal_table, shared_table
from mtkd.report.cells import cell_table, heat_table
from mtkd.report.decision import about, questions
from mtkd.report.deployed import deployed
from mtkd.report.domains import ood_table, shift_tables
from mtkd.report.forest import forest
from mtkd.report.gains import gains
from mtkd.report.guide import NAME
from mtkd.report.heard import heard
from mtkd.report.histories import teacher_weights
from mtkd.report.language import language_tables
from mtkd.report.outside import outside_table
from mtkd.report.panels import FATES, fate_rows, reliability_panels
from mtkd.report.pictures import scatter, shift_lines, weight_pictures
from mtkd.report.price import price
from mtkd.report.provenance import provenance
from mtkd.report.reading import MARGIN, named, shown
from mtkd.report.secondary import likeness_table, secondary_table
from mtkd.report.sources import committee_table, teacher_table
from mtkd.report.templating import template
from mtkd.results import Results


@dataclass(frozen=True)
class Section:
    """An entry of the table of contents; `id` is its anchor."""

    id: str
    title: str


def render(results: Results) -> str:
    """The whole page as one string, with style and script inside."""
    content = _content(results)
    return template("report.html.j2").render(content | {"sections": _sections(content)})


def _content(results: Results) -> dict[str, Any]:
    finding, sentences = answer(results)
    chosen = deployed(results)
    known = outcomes(results, chosen)
    any_student = bool(shown(results))
    return {
        "study": results.study,
        "guide": NAME,
        "results": results,
        "endpoint": named(results.endpoint),
        "declared": results.declared,
        "tested": any(key.statistic == results.declared for key in results.estimates),
        "margin": MARGIN,
        "main": results.main.name if results.main else "",
        "about": about(results, chosen),
        "questions": questions(results, chosen, known),
        "known": known,
        "finding": finding,
        "sentences": sentences,
        "verdicts": results.verdicts,
        "forest": forest(results),
        "cells": cell_table(results) if any_student else None,
        "heard": heard(results),
        "heat": heat_table(results) if any_student else None,
        "teachers": teacher_table(results) if any_student else None,
        "committee": committee_table(results),
        "removal": removal_table(results),
        "further": [
            one
            for one in (
                secondary_table(results),
                likeness_table(results),
                shared_table(results),
                outside_table(results),
            )
            if one
        ],
        "scatter": scatter(results) if any_student else None,
        "panels": reliability_panels(results),
        "weights": weight_pictures(teacher_weights(results)),
        "gains": gains(results) if any_student else None,
        "language": language_tables(results) if any_student else [],
        "shifts": shift_tables(results) if any_student else [],
        "shift_pictures": shift_lines(results) if any_student else [],
        "ood": ood_table(results),
        "unforeseen": price(results),
        "fates": fate_rows(results),
        "fate_names": FATES,
        "problems": results.problems,
        "tau": f"{results.study.tau:g}",
        "seeds": max((len(group.trials) for group in results.groups), default=0),
        "family": sum(not math.isnan(one.p_holm) for one in results.estimates.values()),
        "provenance": provenance(results),
    }


def _leading(content: dict[str, Any]) -> str:
    """What the first numbers are called: what is inherited is shown whatever was declared."""
    return "Inheritance" if content["declared"] else "Primary endpoint"


def _sections(content: dict[str, Any]) -> list[Section]:
    """The sections that have something to show, in the order of the page."""
    listed = (
        ("summary", "In short", True),
        ("answer", "The answer", True),
        ("notes", "What to know first", content["study"].notes),
        ("missing", "What is missing", content["problems"]),
        ("known", "Known answers", content["verdicts"]),
        ("endpoint", _leading(content), content["forest"]),
        ("cells", "Every student", content["cells"]),
        ("language", "Likelihood and cost", content["language"]),
        ("inheritance", "Whose mistakes", content["forest"]),
        ("fates", "Fate of the mistakes", content["fates"]),
        ("price", "Accuracy and confident errors", content["scatter"]),
        ("reliability", "Reliability", content["panels"]),
        ("weights", "Teacher weights", content["weights"]),
        ("shift", "Under shift", content["shifts"]),
        ("ood", "Out of distribution", content["ood"]),
        ("unforeseen", "The price of not knowing", content["unforeseen"]),
        ("fallback", "When to hand over", True),
        ("pockets", "What got worse", True),
        ("economics", "Does it pay?", True),
        ("versions", "Versions", content["known"].scorecard),
        ("methods", "Methods", True),
        ("provenance", "Provenance", True),
    )
    return [Section(name, title) for name, title, there in listed if there]
