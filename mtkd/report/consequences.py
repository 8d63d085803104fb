"""Sentences about what inheritance comes with: doubt, price, sharpness, shifts, single teachers."""

import math

from markupsafe import Markup

from mtkd.report.domains import labelled_domains
from mtkd.report.numbers import count, fixed
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import Reading, endpoint, label, named, read, shown, words
from mtkd.results import SCALED, STUDENT, Results


def unsure(results: Results) -> Markup | None:
    """Students that moved probability to the wrong label without becoming confident of it."""
    if results.main is None:
        return None
    name, found = results.main.name, []
    for group in shown(results):
        mass = results.estimate(group, name, "clean", "transferred_wrong_mass")
        moved = mass is not None and mass.low > 0 and mass.value >= 0.05
        if moved and read(endpoint(results, group)) is not Reading.INHERITS:
            found.append(f"{label(results, group)} ({words(mass)})")
    if not found:
        return None
    return Markup(
        "Quietly, probability still moves to the wrong label of {} in {} (transferred wrong mass): "
        "less confidence, not less error."
    ).format(name, listing(found, 3))


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


def shifts(results: Results) -> Markup | None:
    """The domain on which most cells inherit, and where the students' rate of errors is worst."""
    shifted = [domain for domain in labelled_domains(results) if domain.kind == "shift"]
    cells = [group for group in shown(results) if group.role == "cell"]
    if not shifted or not cells or results.main is None:
        return None
    statistic = "dd_ceir" if results.study.placebo else "excess_ceir"
    inheriting = {
        domain.name: sum(
            read(results.estimate(g, results.main.name, domain.name, statistic)) is Reading.INHERITS
            for g in cells
        )
        for domain in shifted
    }
    rates = {
        domain.name: max(
            (results.mean(g, STUDENT, domain.name, "confident_wrong_rate"), g.label) for g in cells
        )
        for domain in shifted
    }
    worst = max(rates, key=lambda name: rates[name][0])
    most = max(inheriting, key=lambda name: inheriting[name])
    rate = Markup("the highest confident-wrong rate is {} on {} ({}).").format(
        fixed(rates[worst][0]), strong(worst), rates[worst][1]
    )
    known = [results.estimate(g, results.main.name, most, statistic) for g in cells]
    untaught = sum(
        read(estimate) is Reading.INHERITS and results.main.name not in cell.committee
        for cell, estimate in zip(cells, known, strict=True)
    )
    doubt = f" ({untaught} of them never taught by {results.main.name})" if untaught else ""
    if not any(known):
        return Markup("Under shift, {}").format(rate)
    return Markup(
        "Under shift, inheritance shows in {} of {} on {}, where it shows most often{}; {}"
    ).format(inheriting[most], count(len(cells), "cell"), strong(most), doubt, rate)


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
