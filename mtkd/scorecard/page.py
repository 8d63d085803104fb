"""A book as one self-contained HTML page in the style of the report."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from mtkd.report.phrases import breakable
from mtkd.report.pictures import Picture
from mtkd.scorecard.figures import Figure
from mtkd.scorecard.names import FIGURES, LAYERS
from mtkd.scorecard.same import comparable
from mtkd.scorecard.shown import span_text, value_text
from mtkd.scorecard.summary import summary
from mtkd.scorecard.trends import pictures
from mtkd.scorecard.version import Version

SHOWN = 12
"""Versions with a column; the plots and the CSV file have all of them."""

LEADS = {
    "user outcome": "What users get, on clean items, beside the teacher and the same student "
    "trained on labels alone.",
    "reliability": "How often it is sure and wrong, whose mistakes it repeats, and what can be "
    "promised if the teacher answers the rest.",
    "economics": "What it is and what it takes. Latency was measured when the version was added.",
    "change": "Answers that flipped since the version before, on the same items.",
}


class Row(NamedTuple):
    """A figure over the versions, newest first: a phone shows that column."""

    title: str
    better: str
    figures: tuple[Figure, ...]


class Layer(NamedTuple):
    """A section of the page."""

    id: str
    title: str
    lead: str
    rows: tuple[Row, ...]
    pictures: tuple[Picture, ...]


def render(versions: Sequence[Version]) -> str:
    """The whole page as one string, with style and pictures inside; ValueError without versions."""
    content = _content(versions) | {"prefix": "", "depth": 2}
    return _template("scorecard.html.j2").render(content)


def fragment(versions: Sequence[Version]) -> str:
    """`<section id="scorecard">` for a page with the report's style and `scorecard.css`.

    Its ids start with `scorecard-`; ValueError without versions.
    """
    content = _content(versions) | {"prefix": "scorecard-", "depth": 3}
    return _template("section.html.j2").render(content)


@lru_cache
def _template(name: str) -> Template:
    loader = ChoiceLoader([PackageLoader("mtkd.scorecard"), PackageLoader("mtkd.report")])
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"breakable": breakable, "number": value_text, "span": span_text}
    return environment.get_template(name)


def _content(versions: Sequence[Version]) -> dict[str, Any]:
    if not versions:
        raise ValueError("a scorecard needs at least one version, got none")
    shown, latest = versions[: -SHOWN - 1 : -1], versions[-1]
    layers = [_layer(versions, shown, name) for name in LAYERS]
    return {
        "versions": shown,
        "total": len(versions),
        "latest": latest,
        "sentences": summary(latest),
        "layers": layers,
        "slices": _slices(shown),
        "breaks": _breaks(shown),
        "changed": _changed(versions),
        "methods": [(FIGURES[name], figure) for name, figure in latest.by_name.items()],
    }


def _layer(versions: Sequence[Version], shown: Sequence[Version], layer: str) -> Layer:
    names = [name for name, kind in FIGURES.items() if kind.layer == layer]
    rows = (_row(shown, name) for name in names)
    drawn = tuple(pictures(versions, layer))
    title = f"{layer[:1].upper()}{layer[1:]}"
    return Layer(layer.replace(" ", "-"), title, LEADS[layer], tuple(rows), drawn)


def _row(shown: Sequence[Version], name: str) -> Row:
    kind = FIGURES[name]
    return Row(kind.title, kind.better, tuple(version.by_name[name] for version in shown))


def _slices(shown: Sequence[Version]) -> list[Row]:
    """Quality ratio by class and domain, in the order of the latest version that has each."""
    by = [{figure.name: figure for figure in version.slices} for version in shown]
    names = dict.fromkeys(name for found in by for name in found)
    empty = Figure("", float("nan"), float("nan"), float("nan"), 0, "no such slice")
    return [Row(name, "", tuple(found.get(name, empty) for found in by)) for name in names]


def _breaks(shown: Sequence[Version]) -> list[bool]:
    """Whether each version cannot be compared with the newer one beside it."""
    pairs = pairwise(shown)
    return [False, *(not comparable(*pair) for pair in pairs)]


def _changed(versions: Sequence[Version]) -> set[tuple[str, str]]:
    """Names of versions with the parts whose content is not that of the version before."""
    return {
        (now.name, part)
        for before, now in pairwise(versions)
        for part, digest in now.hashes.items()
        if before.hashes.get(part) != digest
    }
