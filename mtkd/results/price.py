"""The price of not knowing a shift: choices made on clean data, against those that knew it.

Two choices are made before a student meets its traffic: a temperature, and a confidence from which
on its answers are accepted. Here both are made twice, on clean validation data and on the shifted
items themselves (in-sample, so a little flattered), and judged on the shifted items.
"""

from collections.abc import Iterator, Mapping

from mtkd import metrics
from mtkd.fallback import Outcome, Promise, cuts, outcome
from mtkd.fallback.baselines import loosest_within
from mtkd.fallback.shift import BROKEN
from mtkd.metrics import Metric, fit_temperature, sharpened
from mtkd.metrics import Predictions as Labelled
from mtkd.results.models import CLEAN, VALIDATION, Model
from mtkd.results.values import STUDENT, Row, rows_of

RISK = 0.05
"""Share of accepted answers that may be wrong."""


def price_rows(trial: str, model: Model) -> Iterator[Row]:
    """Rows of one student on every domain; on clean, what choosing on few items costs.

    On domains without labels only `price/coverage`: what is accepted there is wrong. A language
    model, known by pooled outcomes only, has no temperature of its own there.
    """
    labelled = model.raw.labelled
    known = VALIDATION if VALIDATION in labelled else CLEAN
    threshold = clean_threshold(labelled[known])
    for domain, said in model.raw.measured.items():
        found = threshold_price(domain, said, threshold)
        if not said.pooled:
            found |= temperature_price(said, model.temperature.value, known)
        yield from rows_of(trial, STUDENT, domain, _named(found))
    for domain, outside in model.raw.unlabelled.items():
        escaped = outcome(domain, outside, threshold, Promise(RISK)).coverage
        yield from rows_of(trial, STUDENT, domain, _named({"coverage": escaped}))


def _named(found: Mapping[str, Metric]) -> dict[str, Metric]:
    return {f"price/{name}": metric for name, metric in found.items()}


def clean_threshold(held_out: Labelled) -> float | None:
    """The loosest confidence at which at most `RISK` of the accepted answers are wrong.

    Observed, not certified: the oracle follows the same rule, so that what is left between them
    is the shift. None if no threshold does it.
    """
    found = cuts(held_out.confidence, held_out.correct)
    best = loosest_within(found, RISK)
    return None if best is None else float(found.threshold[best])


def temperature_price(said: Labelled, clean: float, known: str) -> dict[str, Metric]:
    """What the temperature of clean data costs on other items, against their own.

    `nll` is never negative: their own minimises it. `ece` may be.

    Args:
        said: A student's untempered predictions on a domain.
        clean: Its temperature, fitted on clean data.
        known: Which those were, for the convention.
    """
    own = fit_temperature(said.log_rows, said.labels)
    (nll, ece), (own_nll, own_ece) = _at(said, clean), _at(said, own.value)
    text = f"T = {clean:.4g} of {known} items - T = {own.value:.4g} of these items"
    return {
        "temperature_known": own,
        "nll": Metric(nll.value - own_nll.value, nll.n, f"NLL, {text}, nats"),
        "ece": Metric(ece.value - own_ece.value, ece.n, f"{ece.convention}, {text}"),
        "ece_known": own_ece,
    }


def _at(said: Labelled, temperature: float) -> tuple[Metric, Metric]:
    """NLL and ECE at a temperature."""
    one = sharpened(said, temperature)
    return metrics.nll_of(one), metrics.ece(one.confidence, one.correct)


def threshold_price(domain: str, said: Labelled, threshold: float | None) -> dict[str, Metric]:
    """What becomes of the clean threshold's risk, and what knowing the items would accept.

    `risk_excess` is the risk above `RISK`, negative where too few were accepted. `broken` is 1
    where the exact lower bound of the risk is above it, else 0.
    """
    found = outcome(domain, said, threshold, Promise(RISK))
    return {
        "risk": found.risk,
        "risk_excess": Metric(
            found.risk.value - RISK, found.risk.n, f"wrong / accepted - {RISK:g}"
        ),
        "broken": _broken(found),
        "coverage": found.coverage,
        "coverage_known": found.oracle_coverage,
        "coverage_change": Metric(
            found.coverage_change, found.coverage.n, "coverage knowing the items - without"
        ),
    }


def _broken(found: Outcome) -> Metric:
    text = f"1 if the risk is surely above {RISK:g}, one-sided exact bound at 0.9"
    value = float("nan") if not found.risk.n else float(found.verdict == BROKEN)
    return Metric(value, found.risk.n, text)
