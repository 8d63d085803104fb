"""Every statistic explained: one page for a researcher who reads nothing else."""

import re
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from mtkd.report.templating import template

NAME = "statistics.html"
"""Written beside every report, and linked from it."""


@dataclass(frozen=True)
class Statistic:
    """One entry; texts are HTML, written by us.

    Attributes:
        id: Its anchor on the page.
        columns: Patterns of names in results.csv, cells.csv and the files of other commands.
        shown: Patterns of column heads in tables of the report.
        formula, answers, range, zero, beware, n: What it is, the question, its range, what 0
            means, what misleads, and what n counts.
        source, link: The paper, if it is somebody's.
    """

    id: str
    name: str
    formula: Markup
    answers: Markup
    range: Markup
    zero: Markup
    beware: Markup
    n: Markup
    columns: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    source: str = ""
    link: str = ""

    def explains(self, column: str) -> bool:
        """Whether a column of a CSV file is this statistic."""
        return any(_fits(column, pattern) for pattern in self.columns)

    def heads(self, title: str) -> bool:
        """Whether a column head of the report is this statistic."""
        return any(_fits(title, pattern) for pattern in self.shown)


@dataclass(frozen=True)
class Family:
    """Statistics that belong together, under one heading."""

    id: str
    title: str
    lead: Markup
    statistics: tuple[Statistic, ...]


TEXTS = frozenset(field.name for field in fields(Statistic) if field.type is Markup)


def render_guide() -> str:
    """The whole page as one string; the same for every study."""
    return template("statistics.html.j2").render(families=families())


@lru_cache
def families() -> tuple[Family, ...]:
    """All entries, in the order of the page."""
    file = files("mtkd.report").joinpath("templates/statistics.toml")
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Family(
            family["id"],
            family["title"],
            Markup(family.get("lead", "")),
            tuple(_statistic(entry) for entry in family["statistic"]),
        )
        for family in read["family"]
    )


def entry_of(column: str) -> Statistic | None:
    """The entry of a column of a CSV file, None if nobody has written one."""
    every = (one for family in families() for one in family.statistics)
    return next((one for one in every if one.explains(column)), None)


def entry_under(title: str) -> Statistic | None:
    """The entry of a column head of the report, None if nobody has written one."""
    every = (one for family in families() for one in family.statistics)
    return next((one for one in every if one.heads(title)), None)


def _fits(name: str, pattern: str) -> bool:
    """Whether a name is a pattern, in which * stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def _statistic(entry: dict[str, Any]) -> Statistic:
    texts = {key: Markup(text) for key, text in entry.items() if key in TEXTS}
    lists = {key: tuple(entry.get(key, ())) for key in ("columns", "shown")}
    return Statistic(**(entry | texts | lists))
