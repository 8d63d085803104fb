"""What measured times say: quantiles with exact intervals, alone and with a fallback. No torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import bdtr

from mtkd.fallback import cascade_latency
from mtkd.metrics import Interval, Metric
from mtkd.metrics.base import Floats
from mtkd.scorecard.figures import Figure, between, missing, of
from mtkd.scorecard.names import FIGURES

LEVEL = 0.95
SHARES = {"p50": 0.5, "p95": 0.95}
NAMES = tuple(name for name in FIGURES if "latency" in name)


@dataclass(frozen=True)
class Conditions:
    """How latency is measured, all of it stated with the figures.

    Args:
        device: As torch names it.
        batch: Items in one call; a request waits for all of its batch.
        warm_up: Calls before the first that counts.
        calls: Calls that count, of each model.

    Raises:
        ValueError: A number that is not positive, or a negative warm-up.
    """

    device: str = "cpu"
    batch: int = 1
    warm_up: int = 20
    calls: int = 200

    def __post_init__(self) -> None:
        for name, least in (("batch", 1), ("warm_up", 0), ("calls", 1)):
            if vars(self)[name] < least:
                option = name.replace("_", "-")
                raise ValueError(f"--{option} must be at least {least}, got {vars(self)[name]}")


@dataclass(frozen=True, eq=False)
class Times:
    """Measured calls of both models.

    Attributes:
        student, teacher: `[calls]`, milliseconds.
        hardware: What ran them: a model of processor or accelerator.
        threads: Of the device's library on a CPU.
        library: Name and version of what ran the models.
    """

    student: Floats
    teacher: Floats
    conditions: Conditions
    hardware: str
    threads: int
    library: str

    @property
    def text(self) -> str:
        """The conditions in words."""
        at = self.conditions
        return (
            f"ms per call, {at.device} ({self.hardware}, {self.threads} threads), batch "
            f"{at.batch}, {at.calls} calls after {at.warm_up} to warm up, student and teacher in "
            f"turn, {self.library}"
        )


def latency_figures(times: Times, deferred: float, asked: bool = True) -> list[Figure]:
    """p50 and p95 of student, teacher, and the cascade in which a share is handed over.

    `asked` is False where no threshold is certified: every request goes to the teacher at once.
    """
    named = {"latency": times.student, "teacher_latency": times.teacher}
    found = []
    for p, share in SHARES.items():
        for name, values in named.items():
            interval = quantile(values, share, times.text)
            found.append(between(f"{name}_{p}", interval, few_calls(interval)))
    mixed = cascade_latency(times.student if asked else 0.0, times.teacher, deferred)
    how = f"student on all, then teacher on {deferred:.1%}" if asked else "teacher alone"
    text = f"{how}; {times.text}"
    by = {figure.name: figure for figure in found}
    for p, value in (("p50", mixed.p50), ("p95", mixed.p95)):
        own, other = by[f"latency_{p}"], by[f"teacher_latency_{p}"]
        ratio = Metric(other.value / own.value, own.n, f"teacher / student at {p}; {times.text}")
        both = Metric(value, own.n, text)
        found.append(of(f"fallback_latency_{p}", both, own.caution))
        found.append(of(f"latency_improvement_{p}", ratio, own.caution))
    return found


def few_calls(found: Interval) -> str:
    """That the calls do not bound a quantile on both sides; empty if they do."""
    known = not (math.isnan(found.low) or math.isnan(found.high))
    return "" if known else f"{found.metric.n} calls do not bound it on both sides"


def unmeasured(why: str) -> list[Figure]:
    """The same figures without values."""
    return [missing(name, why) for name in NAMES]


def as_json(times: Times, figures: list[Figure], about: Mapping[str, Any]) -> dict[str, Any]:
    """What `latency.json` holds; `mtkd breakeven --from` reads the p95 of both."""
    by = {figure.name: figure.value for figure in figures}
    shown = {"latency": "student", "teacher_latency": "teacher", "fallback_latency": "fallback"}
    values = {f"{word}_{p}_ms": by[f"{name}_{p}"] for name, word in shown.items() for p in SHARES}
    ran = {name: vars(times)[name] for name in ("hardware", "threads", "library")}
    return {**values, **about, **vars(times.conditions), **ran}


def quantile(values: Floats, share: float, convention: str) -> Interval:
    """The smallest time that a share of the calls does not exceed, with an interval by ranks.

    The ends are order statistics; they are right whatever the distribution, if calls are
    independent. An end is missing where the calls are too few for it: p95 needs 72 or more.
    """
    n, times = len(values), np.sort(values)
    rank = math.ceil(share * n - 1e-9)
    tail = (1 - LEVEL) / 2
    below = bdtr(np.arange(n), n, share)
    lower = int((below <= tail).sum())  # P(fewer than `lower` calls below the quantile) <= tail
    upper = int((below < 1 - tail).sum()) + 1
    low = float(times[lower - 1]) if lower >= 1 else math.nan
    high = float(times[upper - 1]) if upper <= n else math.nan
    metric = Metric(float(times[rank - 1]), n, convention)
    return Interval(metric, low, high, f"{LEVEL:.0%} interval by ranks")
