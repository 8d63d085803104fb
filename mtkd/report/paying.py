"""Whether the student pays, for readers without statistics."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from mtkd.report.numbers import share
from mtkd.report.outcomes import ECONOMICS_FILE, Outcomes

if TYPE_CHECKING:
    from mtkd.economics import Analysis


def paying(known: Outcomes) -> Markup:
    """Break-even and decision, or what answers the question."""
    found = known.economics
    if found is None:
        return Markup("{}{}").format(
            f"{known.no_economics} " if known.no_economics else "",
            Markup(
                "Nobody has stated the prices yet. Put them into a file <code>{}</code> (copy "
                "<code>configs/{}</code>), then <code>mtkd breakeven {} --from</code> and the "
                "folder of this run answers; in that folder, or beside <code>study.yaml</code> "
                "at the next <code>mtkd run</code>, the file is also answered here."
            ).format(*[ECONOMICS_FILE] * 3)
            if not known.no_economics
            else "",
        )
    from mtkd.economics.words import dollars, months

    outcome, decision, sample = found.outcome, found.decision, found.sample
    paid = (
        Markup("<b>It is never paid back</b>")
        if outcome.months is None
        else Markup("<b>It is paid back after {}</b>").format(months(outcome.months))
    )
    return Markup(
        "{} (cost {}, saving {} a month at first). In {} of {} draws of uncertain prices and "
        "traffic it takes at most 12 months. Decision: {}. {}{}"
    ).format(
        paid,
        dollars(float(found.plan.case.training_cost)),
        dollars(outcome.saving),
        share(sample.within),
        f"{len(sample.months):,}",
        decision.verdict,
        decision.reason,
        _understated(found),
    )


def _understated(found: "Analysis") -> str:
    """That less falls back by the file than by the rule that was measured; empty if not."""
    key = "operation.fallback_share"
    figures = found.measured.found if found.measured else []
    measured = [one.value for one in figures if one.key == key]
    stated = found.values[key]
    if not measured or stated is None or stated >= measured[0]:
        return ""
    return (
        f" The file states that {share(stated, 1)} of the requests fall back; in this run it is "
        f"{share(measured[0], 1)}, so these figures are too good: set {key} to null to count that."
    )
