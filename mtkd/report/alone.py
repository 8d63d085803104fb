"""Whether a student may answer by itself, for readers without statistics."""

import math

from markupsafe import Markup

from mtkd.fallback.assess import Assessment, Place
from mtkd.report.numbers import count, fixed, share
from mtkd.report.outcomes import Outcomes

UNKNOWN = Markup("Not known. {}")


def alone(known: Outcomes) -> Markup:
    """Nearly always, in part or no, with the promise and how good it is by itself."""
    found = known.fallback
    if found is None:
        return UNKNOWN.format(known.no_fallback)
    certificate = found.certificate
    if certificate.threshold is None:
        word = "Nobody can tell." if too_few(found) else "No."
        return Markup("<b>{}</b> {} {}").format(word, _why_not(found), _by_itself(found))
    asked = found.request.promise
    everything = certificate.accepted == certificate.n
    return Markup(
        "<b>{}</b> Where it is at least {} sure of its answer{}, at most {} of 100 answers are "
        "wrong. That is certain to {} for {}s like the {} it was checked on, and for no "
        "others. {}"
    ).format(
        "Nearly always." if everything else "In part.",
        sure(certificate.threshold),
        f", as on each {found.noun} it was checked on" if everything else "",
        _hundred(asked.risk),
        share(asked.confidence),
        found.noun,
        certificate.n,
        _by_itself(found),
    )


def too_few(found: Assessment) -> bool:
    """The answers that are tested first are too few, or no worse than what was asked."""
    promise, cuts = found.request.promise, found.calibration.cuts
    if cuts.n < promise.start_sample:
        return True
    declared = math.ceil(found.request.start_coverage * cuts.n - 1e-9)
    first = cuts.first_with(max(declared, promise.start_sample))
    return bool(cuts.errors[first] <= promise.risk * cuts.accepted[first])


def places(found: Assessment, kind: str) -> list[Place]:
    return [place for place in found.places if place.domain.kind == kind]


def sure(threshold: float) -> str:
    """A confidence in per cent, to a tenth."""
    return f"{fixed(100 * threshold, 1)} %"


def _why_not(found: Assessment) -> Markup:
    """Whether there are too few items to tell, or too many mistakes."""
    asked, n = found.request.promise, found.certificate.n
    wanted = Markup("at most {} wrong answers of 100, certain to {}").format(
        _hundred(asked.risk), share(asked.confidence)
    )
    if too_few(found):
        return _unshown(found, wanted)
    return Markup(
        "Even among the answers it is surest of, too many are wrong for what was asked ({}), "
        "checked on {}."
    ).format(wanted, count(n, found.noun))


def _unshown(found: Assessment, wanted: Markup) -> Markup:
    """That more items could show it, and how many let the tests start where they should."""
    n, smallest = found.certificate.n, found.request.promise.start_sample
    enough = math.ceil(smallest / found.request.start_coverage - 1e-9)
    if n >= enough:
        few, more = "", "more"
    else:
        few = "of so few one mistake decides" if n < smallest else "they are too few for it"
        few, more = f", and {few}", f"{enough} or more"
    return Markup("{} to check it on did not show what was asked ({}){}; check it on {}.").format(
        count(n, found.unit), wanted, few, more
    )


def _by_itself(found: Assessment) -> Markup:
    for place in places(found, "clean"):
        doing = place.operation
        if doing is not None:
            return Markup("By itself it is right on {} of {}{}, its teacher {} on {}.").format(
                share(doing.student_accuracy.value, 1),
                count(doing.student_accuracy.n, found.noun),
                "" if found.unit == found.noun else f" (one of each {found.unit})",
                found.choice.teacher.name,
                share(doing.teacher_accuracy.value, 1),
            )
    return Markup("")


def _hundred(risk: float) -> str:
    """A share as a count of 100: `5`, `2.5`."""
    return f"{100 * risk:.3g}"
