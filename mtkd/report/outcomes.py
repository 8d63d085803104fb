"""What other parts of mtkd find about the student of a decision, or why they do not.

Each is drawn by its own package; this page only shows it. They are imported where they are used,
because their pages take tables and colours from this one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from mtkd.economics import Analysis
    from mtkd.fallback.assess import Assessment
    from mtkd.slices.findings import Findings

ECONOMICS_FILE, BOOK = "economics.yaml", "scorecard"
"""Looked for in the run folder; the first also beside the study."""


@dataclass(frozen=True)
class Outcomes:
    """What is known beyond the student's own numbers; each with the reason where it is missing.

    Attributes:
        pockets: Against its labels-only control and its teachers, as far as there are any.
        scorecard: The section, empty without a book in the run folder.
    """

    fallback: "Assessment | None"
    no_fallback: str
    pockets: tuple["Findings", ...]
    no_pockets: str
    economics: "Analysis | None"
    no_economics: str
    scorecard: Markup

    @property
    def fallback_section(self) -> Markup:
        """`<section id="fallback">`, as `mtkd fallback` writes it."""
        if self.fallback is None:
            return Markup("")
        from mtkd.fallback.page import fragment

        return Markup(fragment(self.fallback))

    @property
    def pocket_sections(self) -> list[Markup]:
        """`<section id="slices">` and `slices-2`, as `mtkd slices` writes them."""
        from mtkd.slices.page import fragment

        places = ((f"slices{number}", number != "") for number in ("", "-2"))
        return [
            Markup(fragment(found, prefix, f"Against {found.reference}", 3, brief))
            for found, (prefix, brief) in zip(self.pockets, places, strict=False)
        ]

    @property
    def economics_section(self) -> Markup:
        """`<section id="economics">`, as `mtkd breakeven` writes it."""
        if self.economics is None:
            return Markup("")
        from mtkd.economics.page import fragment

        return Markup(fragment(self.economics))
