"""What got worse where the average does not show it, for readers without statistics."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from mtkd.report.numbers import count, fixed
from mtkd.report.outcomes import Outcomes
from mtkd.report.phrases import listing
from mtkd.results.models import CLEAN

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
    against = Markup("Against {}").format(_plain(found.reference))
    hidden = [one for one in found.confirmed if not _average(one)]
    if not hidden:
        return Markup(
            "{}: {} among {}. One in which it makes fewer than {} "
            "mistakes of its own, in half of the items, cannot be seen."
        ).format(against, _nowhere(found), count(len(found.pockets), "slice"), found.flips_needed)
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


def _average(one: "Pocket") -> bool:
    """All clean items are what the average shows; a whole shifted domain it hides."""
    from mtkd.slices.slice import WHOLE

    return one.slice.name == WHOLE and one.slice.domain == CLEAN


def _nowhere(found: "Findings") -> Markup:
    """That there is no pocket, or none beyond being worse altogether."""
    for one in found.confirmed:
        if _average(one):
            return Markup("<b>worse altogether</b> ({}), and no pocket beyond that").format(
                _much(one)
            )
    return Markup("no hidden pocket is confirmed")


def _said(found: "Findings", one: "Pocket") -> Markup:
    return Markup("{} ({})").format(found.named(one), _much(one))


def _much(one: "Pocket") -> str:
    return f"{fixed(100 * one.counts.net, 0)} more wrong of 100, n = {one.counts.n}"


def _plain(reference: str) -> str:
    """The reference as readers know it."""
    if reference.startswith("control"):
        return "the same student without teachers"
    return "its teachers" if reference.startswith("committee") else reference
