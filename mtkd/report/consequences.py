"""Sentences about what inheritance comes with: doubt, price, sharpness, single teachers."""

import math

from markupsafe import Markup

from mtkd.report.numbers import count, fixed
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import (
    Reading,
    endpoint,
    label,
    named,
    read,
    read_endpoint,
    shown,
    words,
)
from mtkd.results import SCALED, STUDENT, Group, Results


def unsure(results: Results) -> Markup | None:
    """Students that moved probability to the wrong label without becoming confident of it."""
    if results.main is None:
        return None
    name, found, doubted = results.main.name, [], []
    for group in shown(results):
        mass = results.estimate(group, name, "clean", "transferred_wrong_mass")
        moved = mass is not None and mass.low > 0 and mass.value >= 0.05
        if moved and read(endpoint(results, group)) is not Reading.INHERITS:
            found.append(f"{label(results, group)} ({words(mass)})")
            doubted.append(_repeats_in_doubt(results, group, name))
    if not found:
        return None
    return Markup(
        "Quietly, probability still moves to the wrong label of {} in {} (transferred wrong mass)"
        "{}."
    ).format(name, listing(found, 3), _less(doubted))


def _less(doubted: list[bool]) -> str:
    """That confidence fell where mistakes did not, and in how many where not in all."""
    if not any(doubted):
        return ""
    most = "" if all(doubted) else f"in {sum(doubted)} of {len(doubted)} "
    return f": {most}less confidence, not less error"


def _repeats_in_doubt(results: Results, group: Group, teacher: str) -> bool:
    """It does not repeat mistakes with confidence, and more than any control without it."""
    fate = f"inheritance/{teacher}/fate_inherited_unsure"
    own = results.mean(group, STUDENT, "clean", fate)
    others = [
        results.mean(control, STUDENT, "clean", fate)
        for control in results.groups
        if control.control == "labels_only"
    ]
    return read_endpoint(results, group) is Reading.FREE and all(own > other for other in others)


def price(results: Results) -> Markup | None:
    """Students that are measurably less, or more, accurate than their controls."""
    worse, better = [], []
    for group in shown(results):
        found = results.estimate(group, "", "clean", "accuracy_difference")
        if found is not None and found.high < 0:
            worse.append((found.value, f"{label(results, group)} ({words(found, 3)})"))
        elif found is not None and found.low > 0:
            better.append((-found.value, f"{label(results, group)} ({words(found, 3)})"))
    parts = [
        Markup("{} measurably {} accurate than labels alone, most {}").format(
            f"{count(len(side), 'student')} {'is' if len(side) == 1 else 'are'}",
            word,
            strong(min(side)[1]),
        )
        for side, word in ((worse, "less"), (better, "more"))
        if side
    ]
    return Markup("{}.").format(Markup("; ").join(parts)) if parts else None


def scaling(results: Results) -> Markup | None:
    """Whether a temperature fitted afterwards removes what is inherited."""
    before, after = [], []
    for group in shown(results):
        raw, scaled = endpoint(results, group), endpoint(results, group, SCALED)
        both = raw is not None and scaled is not None and not math.isnan(scaled.value)
        if both and raw and scaled and group.role == "cell" and read(raw) is Reading.INHERITS:
            before.append(raw.value)
            after.append(scaled.value)
    if not before:
        return None
    first, last = sum(before) / len(before), sum(after) / len(after)
    left = last / first
    return Markup(
        "Temperature scaling on the {} changes {} of the students that inherit from {} "
        "to {} on average: {}."
    ).format(
        "validation set" if results.study.validated else "clean items themselves",
        named(results.endpoint),
        fixed(first, 2, True),
        fixed(last, 2, True),
        "the wrong label itself was learnt, not only its sharpness"
        if left > 0.75
        else "partly sharpness, which one number removes, partly the wrong label itself"
        if left > 0.25
        else "mostly sharpness, which one number removes",
    )


def single(results: Results) -> Markup | None:
    """Which single teacher was best, chosen where choosing is allowed."""
    best = results.best_single
    if best is None:
        return None
    return Markup(
        "The best single teacher, chosen by accuracy on the validation set ({}), is {}: its "
        "student has accuracy {} and {} {} on clean items."
    ).format(
        fixed(results.mean(best, STUDENT, "validation", "accuracy")),
        strong(best.committee[0]),
        fixed(results.mean(best, STUDENT, "clean", "accuracy")),
        named(results.endpoint),
        words(endpoint(results, best)),
    )
