"""Every number about choices made on clean data, one line for each domain and student."""

from mtkd.report.numbers import MISSING
from mtkd.report.reading import label, shown
from mtkd.report.tables import Cell, Line, Table, number
from mtkd.results import SCALED, STUDENT, Group, Results

COLUMNS = (
    ("n", "items of the domain"),
    ("T known", "temperature fitted on these items, the clean one being that of clean validation"),
    ("NLL price", "NLL at the clean temperature minus at T known, nats; in-sample, never below 0"),
    ("ECE", "at the clean temperature, 15 equal-width bins; compare at equal n only"),
    ("ECE price", "ECE at the clean temperature minus at T known"),
    ("accepted", "items at or above the clean threshold, mean over seeds"),
    ("risk", "share of the accepted that is wrong; without labels all of them are"),
    ("above target", "risk minus the target"),
    ("broken", "seeds in which the exact lower bound (at .9) of the risk is above the target"),
    ("coverage", "accepted / items"),
    ("coverage known", "of the loosest threshold within the target on these items"),
)


def all_numbers(results: Results) -> Table:
    """One line for each domain and student, out-of-distribution domains included."""
    lines = [
        Line(f"{domain.name} · {label(results, group)}", _cells(results, group, domain.name))
        for domain in results.study.domains
        for group in shown(results)
    ]
    caption = "All of these numbers by domain and student, mean over seeds"
    return Table("price-all", caption, COLUMNS, tuple(lines), first="domain · student")


def accepted(results: Results, group: Group, domain: str) -> float:
    """Items that the clean threshold accepts, mean over seeds."""
    n = results.items(group.trials[0].id, STUDENT, domain, "price/coverage")
    return n * price_of(results, group, domain, "coverage")


def _cells(results: Results, group: Group, domain: str) -> tuple[Cell, ...]:
    def value(name: str) -> float:
        return price_of(results, group, domain, name)

    broken, seeds = broken_seeds(results, group, domain)
    return (
        number(results.items(group.trials[0].id, STUDENT, domain, "price/coverage"), 0),
        number(value("temperature_known"), 2),
        number(value("nll")),
        number(results.mean(group, SCALED, domain, "ece")),
        number(value("ece"), 3, True),
        number(accepted(results, group, domain), 0),
        number(value("risk")),
        number(value("risk_excess"), 3, True),
        Cell(f"{broken} of {seeds}" if seeds else MISSING, str(broken), "number"),
        number(value("coverage")),
        number(value("coverage_known")),
    )


def price_of(results: Results, group: Group, domain: str, name: str) -> float:
    """A number of `mtkd.results.price`, mean over seeds."""
    return results.mean(group, STUDENT, domain, f"price/{name}")


def broken_seeds(results: Results, group: Group, domain: str) -> tuple[int, int]:
    """Seeds whose promise is surely broken, and seeds in which anything is accepted."""
    found = [
        results.value(trial.id, STUDENT, domain, "price/broken")
        for trial in group.trials
        if results.items(trial.id, STUDENT, domain, "price/broken")
    ]
    return int(sum(found)), len(found)
