"""What scoring a run folder gives: tidy rows, intervals over seeds, and what was not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import NamedTuple

from mtkd.metrics import Metric

CROSSED, OVER_SEEDS = "seeds x items bootstrap", "t over seeds"
"""Where intervals come from; the latter says nothing about other items."""

STUDENT, SCALED = "student", "student+T"
"""A student as trained, and after temperature scaling fitted on its validation predictions."""


class Row(NamedTuple):
    """One measured number: a line of results.csv."""

    trial: str
    model: str
    domain: str
    metric: str
    value: float
    n: int
    convention: str


def rows_of(trial: str, model: str, domain: str, found: Mapping[str, Metric]) -> list[Row]:
    """Metrics by name as rows; words that thousands of rows have are kept once."""
    return [
        Row(trial, model, domain, intern(name), metric.value, metric.n, intern(metric.convention))
        for name, metric in found.items()
    ]


class Key(NamedTuple):
    """What an estimate over seeds is about."""

    group: str
    model: str
    teacher: str
    domain: str
    statistic: str


@dataclass(frozen=True)
class Estimate:
    """A statistic of a group over its seeds.

    Attributes:
        value: Mean over seeds.
        low, high: 95 % interval, see `method`; NaN where there is none.
        p: Two-sided sign-flip test over seeds, exact up to 24 of them.
        p_holm: The same after Holm over the secondary family; NaN for the primary endpoint.
        n: Items per seed, on average over the seeds, of the set the statistic is about.
        seeds: Number of seeds.
        underpowered: Fewer than 20 items: too few to conclude anything from.
        per_seed: The statistic of each seed, in the order of the seeds.
        method: What the interval resamples.
    """

    value: float
    low: float
    high: float
    p: float
    p_holm: float
    n: float
    seeds: int
    underpowered: bool
    per_seed: tuple[float, ...] = ()
    method: str = CROSSED


@dataclass(frozen=True)
class Problem:
    """A model that is not in the results, and why."""

    name: str
    what: str


@dataclass(frozen=True)
class Verdict:
    """A known answer: what was claimed, what came out, and whether that is within bounds."""

    claim: str
    about: str
    low: float
    high: float
    value: float
    met: bool | None
