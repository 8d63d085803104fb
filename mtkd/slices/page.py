"""Findings as one self-contained HTML page in the style of the report, or as a part of one."""

from functools import lru_cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from mtkd.report.numbers import fixed, share
from mtkd.report.phrases import breakable
from mtkd.slices.findings import Findings, sentences
from mtkd.slices.forest import domain_plots, gate_plot, tested_plot


def page(found: Findings) -> str:
    """The whole page, with its style and script inside."""
    return _template("slices.html.j2").render(_content(found) | _place())


def fragment(
    found: Findings,
    prefix: str = "slices",
    title: str = "What got worse",
    depth: int = 2,
    brief: bool = False,
) -> str:
    """`<section id="slices">` for a page that has the report's style and `slices.css`.

    Args:
        prefix: What its ids start with, where a page holds several.
        title: Its first heading.
        depth: Of that heading; below the second, lists and methods are folded.
        brief: Leave out the lists of every slice and the methods.
    """
    content = _content(found) | _place(prefix, title, depth, brief)
    return _template("section.html.j2").render(content)


def _place(
    prefix: str = "slices", title: str = "What got worse", depth: int = 2, brief: bool = False
) -> dict[str, Any]:
    return {"prefix": prefix, "title": title, "depth": depth, "brief": brief}


@lru_cache
def _template(name: str) -> Template:
    environment = Environment(
        # The report's macros, style and script are used as they are.
        loader=ChoiceLoader([PackageLoader("mtkd.slices"), PackageLoader("mtkd.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fixed": fixed, "breakable": breakable, "share": share}
    return environment.get_template(name)


def _content(found: Findings) -> dict[str, Any]:
    first, *others = sentences(found)
    return {
        "found": found,
        "answer": first,
        "sentences": others,
        "tau": f"{found.comparisons[0].tau:g}",
        "level": share(found.request.level),
        "tested": tested_plot(found),
        "domains": domain_plots(found),
        "gate": None if found.gate is None else gate_plot(found.gate.judged),
    }
