"""Inheritance from teachers that the primary endpoint is not about."""

from markupsafe import Markup

from mtkd.report.phrases import listing, strong
from mtkd.report.reading import Reading, label, named, read, shown, words
from mtkd.results import Results


def inherited_elsewhere(results: Results) -> Markup | None:
    """Which cells measurably repeat confident mistakes of a teacher other than the one in focus."""
    if results.main is None:
        return None
    said = []
    for teacher in results.study.teaching:
        if teacher.name == results.main.name:
            continue
        found = []
        for group in shown(results):
            estimate = results.estimate(group, teacher.name, "clean", results.endpoint)
            sure = estimate is not None and not estimate.underpowered
            taught = group.role == "cell" and teacher.name in group.committee
            if taught and sure and read(estimate) is Reading.INHERITS:
                found.append(f"{label(results, group)} ({words(estimate)})")
        if found:
            said.append(Markup("of {} in {}").format(strong(teacher.name), listing(found, 3)))
    if not said:
        return None
    head = Markup("Confident mistakes of another teacher are measurably inherited, too ({}): {}.")
    return head.format(named(results.endpoint), Markup("; ").join(said))
