"""Every number of an assessment as tidy rows, for a CSV file and for tables."""

import csv
import io
import math
from collections.abc import Iterator
from typing import NamedTuple

from mtkd.fallback.assess import Assessment, Place
from mtkd.fallback.certify import Certificate
from mtkd.fallback.curves import (
    gap_recovered,
    mean_gap_recovered,
    normalised_deferral_gain,
    share_needed,
)
from mtkd.metrics import Metric


class Row(NamedTuple):
    """One number: where, what, the value, how many items it is about, and how it is defined."""

    about: str
    metric: str
    value: float
    n: int
    convention: str


def rows(found: Assessment) -> Iterator[Row]:
    """All numbers: rules on the calibration items, then each domain."""
    for one in (found.certificate, *found.others):
        yield from _rule(one)
    for place in found.places:
        yield from _place(found, place)


def as_csv(found: Assessment) -> str:
    """`rows` as CSV text with a header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows(found))
    return buffer.getvalue()


def recovery(place: Place) -> dict[str, Metric]:
    """How well confidence chooses what to hand over, on a domain with labels; else empty."""
    if place.cascade is None or place.operation is None:
        return {}
    return {
        "gap_recovered": gap_recovered(place.cascade, place.operation.deferred),
        "mean_gap_recovered": mean_gap_recovered(place.cascade),
        "share_needed@0.5": share_needed(place.cascade, 0.5),
        "share_needed@0.8": share_needed(place.cascade, 0.8),
        "normalised_deferral_gain": normalised_deferral_gain(place.cascade),
    }


def _rule(one: Certificate) -> Iterator[Row]:
    about = f"calibration: {one.method}"
    threshold = math.nan if one.threshold is None else one.threshold
    yield Row(about, "threshold", threshold, one.n, one.guarantee)
    yield _row(about, "coverage", one.coverage)
    yield _row(about, "observed_risk", one.observed_risk)


def _place(found: Assessment, place: Place) -> Iterator[Row]:
    name, seen = place.domain.name, place.outcome
    yield _row(name, "coverage", seen.coverage)
    yield _row(name, "risk", seen.risk)
    convention = f"exact, one-sided, confidence {found.request.promise.confidence:g} each"
    yield Row(name, "risk_low", seen.low, seen.risk.n, convention)
    yield Row(name, "risk_high", seen.high, seen.risk.n, convention)
    yield Row(name, "excess_risk", seen.excess_risk, seen.risk.n, "risk above the promise")
    yield _row(name, "oracle_coverage", seen.oracle_coverage)
    change = Metric(seen.coverage_change, seen.oracle_coverage.n, "oracle - certified")
    yield _row(name, "coverage_change", change)
    yield from (_row(name, metric, value) for metric, value in recovery(place).items())
    if place.operation is not None:
        measured = vars(place.operation)
        yield from (_row(name, what, measured[what]) for what in list(measured)[2:])
    yield from _price(found, place)


def _price(found: Assessment, place: Place) -> Iterator[Row]:
    name, n = place.domain.name, place.outcome.coverage.n
    if place.operation is not None:
        deferred, errors = place.operation.deferred, 1 - place.operation.accuracy.value
    else:
        deferred, errors = 1 - place.outcome.coverage.value, 0.0
    how = f"per query, {'cascade' if found.asked else 'teacher alone'}"
    price, latency = found.price(deferred, errors), found.latency(deferred)
    if price is not None:
        known = "" if place.operation else ", errors unknown and not counted"
        yield Row(name, "cost", price, n, f"{how}{known}")
    if latency is not None:
        yield Row(name, "latency_mean", latency.mean, n, how)
        yield Row(name, "latency_p50", latency.p50, n, how)
        yield Row(name, "latency_p95", latency.p95, n, how)


def _row(about: str, name: str, metric: Metric) -> Row:
    return Row(about, name, metric.value, metric.n, metric.convention)
