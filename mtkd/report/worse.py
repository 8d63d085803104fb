"""What got worse where the average does not show it, for readers without statistics."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from mtkd.report.numbers import count, fixed
from mtkd.report.outcomes import Outcomes
from mtkd.report.phrases import listing

if TYPE_CHECKING:
    from mtkd.slices.findings import Findings
    from mtkd.slices.pockets import Pocket

MOST = 3


def worse(known: Outcomes) -> Markup:
    """Pockets against the control and against the teachers, confirmed on items not searched."""
    if not known.pockets:
        return Markup("Not known. {}").format(known.no_pockets)
    return Markup(" ").join(_against(found) for found in known.pockets)


def _against(found: "Findings") -> Markup:
    from mtkd.slices.slice import WHOLE

    hidden = [one for one in found.confirmed if one.slice.name != WHOLE]
    against = Markup("Against {}").format(_plain(found.reference))
    if not hidden:
        return Markup(
            "{}: no hidden pocket is confirmed among {}. One in which it makes fewer than {} "
            "mistakes of its own, in half of the items, cannot be seen."
        ).format(against, count(len(found.pockets), "slice"), found.flips_needed)
    first = found.comparisons[0].domain
    ordinary = [one for one in hidden if one.slice.domain == first]
    told = sorted(ordinary or hidden, key=lambda one: -one.counts.net)
    rest = len(hidden) - min(len(told), MOST)
    more = f", and {rest} more" if rest else ""
    return Markup(
        "{}: <b>worse in {}</b>, confirmed on other items than it was found on: {}{}."
    ).format(
        against,
        count(len(hidden), "pocket"),
        listing([_said(found, one) for one in told[:MOST]], MOST),
        more,
    )


def _said(found: "Findings", one: "Pocket") -> Markup:
    return Markup("{} ({} more wrong of 100, n = {})").format(
        found.named(one), fixed(100 * one.counts.net, 0), one.counts.n
    )


def _plain(reference: str) -> str:
    """The reference as readers know it."""
    if reference.startswith("control"):
        return "the same student without teachers"
    return "its teachers" if reference.startswith("committee") else reference
