"""The page's first section: what somebody who has to decide needs to know, in plain sentences."""

from dataclasses import dataclass

from markupsafe import Markup

from mtkd.report.alone import alone
from mtkd.report.deployed import Deployed, named
from mtkd.report.handing_over import handing_over
from mtkd.report.outcomes import Outcomes
from mtkd.report.paying import paying
from mtkd.report.worse import worse
from mtkd.results import Results


@dataclass(frozen=True)
class Question:
    """A question, its answer, and the section with the numbers behind it."""

    ask: str
    answer: Markup
    section: str


def about(results: Results, chosen: Deployed | None) -> Markup:
    """Which student is meant, and how it was chosen."""
    if chosen is None:
        return Markup("No student is finished yet, so nothing can be decided.")
    slices = "" if chosen.by_token else " and <code>mtkd slices</code>"
    others = f". About another one ask <code>mtkd fallback</code>{slices}"
    return Markup("About the student <b>{}</b>, {}{}.").format(
        named(results, chosen),
        _code(chosen.how),
        Markup(others) if chosen.spent is not None else "",
    )


def questions(results: Results, chosen: Deployed | None, known: Outcomes) -> list[Question]:
    """May it answer, when must it hand over, what got worse, does it pay."""
    return [
        Question("May this student answer on its own?", alone(known), "fallback"),
        Question("When must it hand over to the teacher?", handing_over(known), "fallback"),
        Question("What got worse that the average hides?", worse(known), "pockets"),
        Question("Does it pay?", paying(known), "economics"),
    ]


def _code(text: str) -> Markup:
    """Text in which `code` stands between grave accents."""
    parts = [Markup("{}").format(part) for part in text.split("`")]
    marked = [f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)]
    return Markup("".join(marked))
