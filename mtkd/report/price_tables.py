"""Tables of what choices made on clean data cost on every domain."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mtkd.report.numbers import fixed
from mtkd.report.price_numbers import accepted, broken_seeds, price_of
from mtkd.report.reading import label, shown
from mtkd.report.tables import Cell, Line, Table, heat
from mtkd.results import SCALED, Domain, Group, Results
from mtkd.results.price import RISK


def risks(results: Results, domains: Sequence[Domain]) -> Table:
    """Risk above the target, students by domains."""

    def cell(group: Group, domain: str) -> Cell:
        shade = heat(price_of(results, group, domain, "risk_excess"), 3, scale=0.3)
        broken, seeds = broken_seeds(results, group, domain)
        risk = fixed(price_of(results, group, domain, "risk"))
        note = f"risk {risk} of {accepted(results, group, domain):.0f} accepted; "
        note += f"surely broken in {broken} of {seeds} seeds"
        sure = "*" if seeds and broken == seeds else ""
        return replace(shade, text=shade.text + sure, note=note)

    caption = f"Risk of accepted answers minus the target of {RISK * 100:g} %; * surely above it "
    return _matrix(results, domains, "price-risk", caption + "in every seed", cell)


def coverages(results: Results, domains: Sequence[Domain]) -> Table:
    """Coverage that knowing the items would add, students by domains."""

    def cell(group: Group, domain: str) -> Cell:
        shade = heat(price_of(results, group, domain, "coverage_change"), 3, scale=0.6)
        own, known = (
            fixed(price_of(results, group, domain, name)) for name in ("coverage", "coverage_known")
        )
        note = f"accepted {own}, knowing the items {known}"
        return replace(shade, note=note)

    caption = "Coverage that knowing the items would add; negative: too much was accepted"
    return _matrix(results, domains, "price-coverage", caption, cell)


def likelihoods(results: Results, domains: Sequence[Domain]) -> Table:
    """NLL that the clean temperature costs, students by domains."""

    def cell(group: Group, domain: str) -> Cell:
        shade = heat(price_of(results, group, domain, "nll"), 3, False, scale=0.5)
        known = fixed(price_of(results, group, domain, "temperature_known"), 2)
        note = f"temperature that knows the items: {known}"
        return replace(shade, note=note)

    caption = "NLL, nats per item, at the temperature of clean data minus at the items' own"
    return _matrix(results, domains, "price-nll", caption, cell)


def calibrations(results: Results, domains: Sequence[Domain]) -> Table:
    """ECE at the clean temperature, students by domains."""

    def cell(group: Group, domain: str) -> Cell:
        shade = heat(results.mean(group, SCALED, domain, "ece"), 3, False, scale=0.5)
        known = fixed(price_of(results, group, domain, "ece_known"))
        n = results.items(group.trials[0].id, SCALED, domain, "ece")
        note = f"n = {n}; at the items' own temperature: {known}"
        return replace(shade, note=note)

    caption = "ECE at the temperature of clean data, 15 equal-width bins; compare at equal n only"
    return _matrix(results, domains, "price-ece", caption, cell)


def escapes(results: Results, domains: Sequence[Domain]) -> Table:
    """What the clean threshold accepts where no answer is right, students by domains."""

    def cell(group: Group, domain: str) -> Cell:
        shade = heat(price_of(results, group, domain, "coverage"), 3, False)
        clean = fixed(price_of(results, group, "clean", "coverage"))
        note = f"{accepted(results, group, domain):.0f} items; of clean items {clean} is accepted"
        return replace(shade, note=note)

    caption = "Share of items without any right answer that the clean threshold accepts"
    return _matrix(results, domains, "price-escapes", caption, cell)


def _matrix(
    results: Results,
    domains: Sequence[Domain],
    name: str,
    caption: str,
    cell: Callable[[Group, str], Cell],
) -> Table:
    """Students by domains, the longer list downwards; without a student that has no value."""
    found = {
        group.tag: (label(results, group), [cell(group, domain.name) for domain in domains])
        for group in shown(results)
    }
    found = {tag: row for tag, row in found.items() if any(one.sort for one in row[1])}
    if len(found) >= len(domains):
        lines = [Line(text, tuple(cells), tag) for tag, (text, cells) in found.items()]
        return Table(name, caption, tuple((d.name, "") for d in domains), tuple(lines))
    columns = [cells for _, cells in found.values()]
    turned = zip(domains, zip(*columns, strict=True), strict=True) if columns else ()
    return Table(
        name,
        caption,
        tuple((f"{tag} {text}", "") for tag, (text, _) in found.items()),
        tuple(Line(domain.name, cells) for domain, cells in turned),
        first="domain",
    )
