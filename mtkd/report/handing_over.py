"""When a student must hand over to its teacher, for readers without statistics."""

from collections.abc import Iterable

from markupsafe import Markup

from mtkd.fallback.assess import Assessment
from mtkd.fallback.shift import BROKEN, KEPT, OPEN
from mtkd.report.alone import UNKNOWN, places, sure, too_few
from mtkd.report.numbers import count, share
from mtkd.report.outcomes import Outcomes
from mtkd.report.phrases import listing


def handing_over(known: Outcomes) -> Markup:
    """The threshold and what it sends on, on ordinary questions, shifted ones and nonsense."""
    found = known.fallback
    if found is None:
        return UNKNOWN.format(known.no_fallback)
    teacher = found.choice.teacher.name
    if found.certificate.threshold is None:
        until = f", until it was checked on more {found.unit}s" if too_few(found) else ""
        rule = Markup("<b>Always</b>{}: {} answers everything.").format(until, teacher)
        return Markup(" ").join([rule, *_unanswered(found, teacher), *_helpless(found, teacher)])
    parts = (
        _unanswered(found, teacher),
        _helpless(found, teacher),
        _shifted(found),
        _nonsense(found),
    )
    sentences = [_ordinary(found, teacher), *(one for part in parts for one in part)]
    return Markup(" ").join(sentences)


def _ordinary(found: Assessment, teacher: str) -> Markup:
    threshold = found.certificate.threshold
    assert threshold is not None
    rule = Markup("<b>When it is less than {} sure.</b>").format(sure(threshold))
    for place in places(found, "clean"):
        doing = place.operation
        if doing is not None:
            return Markup(
                "{} That sends {} of ordinary {}s (n = {}) to {}; together they are right on {}."
            ).format(
                rule,
                share(doing.deferred),
                found.noun,
                doing.coverage.n,
                teacher,
                share(doing.accuracy.value, 1),
            )
    return rule


def _helpless(found: Assessment, teacher: str) -> Iterable[Markup]:
    """That the teacher is worse than the student on what it would get."""
    for place in places(found, "clean"):
        doing = place.operation
        if doing is None or not doing.teacher_right_if_deferred.n:
            continue
        own, other = doing.student_right_if_deferred, doing.teacher_right_if_deferred
        if other.value <= own.value:
            yield Markup(
                "<b>Handing over does not help here:</b> of these {}s {} gets {} right, the "
                "student would {}."
            ).format(found.noun, teacher, share(other.value), share(own.value))


def _unanswered(found: Assessment, teacher: str) -> Iterable[Markup]:
    """That the teacher is silent on some of what it would get."""
    for place in places(found, "clean"):
        doing = place.operation
        if doing is None:
            continue
        handed = round(doing.deferred * doing.coverage.n)
        heard = doing.teacher_right_if_deferred.n
        if heard < handed:
            yield Markup(
                "Of the {} handed over {} answers {}; only those count where its answers do."
            ).format(count(handed, found.noun), teacher, heard or "none")


def _shifted(found: Assessment) -> Iterable[Markup]:
    """Where the promise does not hold once questions look otherwise, and where it may not."""
    shifted = places(found, "shift")
    broken = [place for place in shifted if place.outcome.verdict == BROKEN]
    open_ones = [place.domain.name for place in shifted if place.outcome.verdict == OPEN]
    if broken:
        said = [
            f"{place.domain.name}, {share(place.outcome.risk.value, 1)} of {place.outcome.risk.n}"
            for place in sorted(broken, key=lambda place: -place.outcome.risk.value)
        ]
        yield Markup(
            "The promise breaks where {}s look otherwise (wrong answers kept: {})."
        ).format(found.noun, listing(said, 3))
    kept = [place.domain.name for place in shifted if place.outcome.verdict == KEPT]
    if kept:
        yield Markup("On {} the promise held, too.").format(listing(kept, 3))
    if open_ones:
        yield Markup("On {} it is too close to tell.").format(listing(open_ones, 3))


def _nonsense(found: Assessment) -> Iterable[Markup]:
    seen = [place.outcome for place in found.places if place.domain.kind == "ood"]
    said = [f"{share(one.coverage.value, 1)} of {one.coverage.n} ({one.domain})" for one in seen]
    if said:
        yield Markup("Of questions without a right answer it still answers {}.").format(
            listing(said, 3)
        )
