"""What becomes of the promise on other domains, with the threshold fitted on clean data only."""

from dataclasses import dataclass

import numpy as np

from mtkd.fallback.baselines import loosest_within
from mtkd.fallback.cuts import cuts
from mtkd.fallback.promise import Promise, largest_risk, smallest_risk
from mtkd.metrics import Answers, Metric, Predictions
from mtkd.metrics.base import measure

KEPT, BROKEN, OPEN = "kept", "broken", "open"
NO_LABELS, NOTHING_ACCEPTED = "no labels", "nothing accepted"


@dataclass(frozen=True)
class Outcome:
    """One threshold on one domain, and the threshold that knew the domain.

    Attributes:
        domain: Its name.
        threshold: The one that was certified on clean data; None if infeasible.
        coverage: Share that the student answers. On out-of-scope traffic each of these escapes.
        risk: Share of those that is wrong; NaN with n = 0 without labels.
        low, high: Exact one-sided bounds of the risk, each at the promise's confidence.
        verdict: `kept` if the risk is surely within the promise, `broken` if surely above it,
            `open` if this many items cannot tell; else `no labels` or `nothing accepted`.
        oracle_threshold: Loosest threshold whose observed risk on this domain is within the
            promise: what knowing the shift would give (in-sample, so a little flattered).
        oracle_coverage: What it covers; 0 where no threshold is within the promise.
    """

    domain: str
    threshold: float | None
    coverage: Metric
    risk: Metric
    low: float
    high: float
    verdict: str
    oracle_threshold: float | None
    oracle_coverage: Metric
    promised: float

    @property
    def excess_risk(self) -> float:
        """Risk above the promise, in [0, 1): the price of not knowing the shift, in errors."""
        return max(self.risk.value - self.promised, 0.0) if self.risk.n else float("nan")

    @property
    def coverage_change(self) -> float:
        """Oracle's coverage minus this one's: negative where too much was accepted."""
        return self.oracle_coverage.value - self.coverage.value


def outcome(
    domain: str, student: Answers | Predictions, threshold: float | None, promise: Promise
) -> Outcome:
    """The certified threshold on another domain.

    Args:
        domain: Its name.
        student: Predictions with labels, or answers without (out of scope).
        threshold: From `certify` on clean data; None accepts nothing.
        promise: What was certified.
    """
    accepted = _accepted(student, threshold)
    coverage = measure(len(student), "accepted / all", accepted.mean)
    if not isinstance(student, Predictions):
        return _unlabelled(domain, threshold, coverage, promise)
    n, errors = int(accepted.sum()), int((accepted & student.wrong).sum())
    low = smallest_risk(errors, n, promise.doubt)
    high = largest_risk(errors, n, promise.doubt)
    found = cuts(student.confidence, student.correct)
    best = loosest_within(found, promise.risk)
    oracle = None if best is None else float(found.threshold[best])
    return Outcome(
        domain=domain,
        threshold=threshold,
        coverage=coverage,
        risk=measure(n, "wrong / accepted", lambda: errors / n),
        low=low,
        high=high,
        verdict=_verdict(n, low, high, promise.risk),
        oracle_threshold=oracle,
        oracle_coverage=measure(
            len(student),
            "accepted / all, knowing the labels",
            lambda: found.at(oracle)[0] / found.n,
        ),
        promised=promise.risk,
    )


def _accepted(student: Answers, threshold: float | None) -> np.ndarray:
    return student.confidence >= (np.inf if threshold is None else threshold)


def _unlabelled(
    domain: str, threshold: float | None, coverage: Metric, promise: Promise
) -> Outcome:
    nothing = measure(0, "no labels", lambda: 0.0)
    return Outcome(
        domain=domain,
        threshold=threshold,
        coverage=coverage,
        risk=nothing,
        low=0.0,
        high=1.0,
        verdict=NO_LABELS,
        oracle_threshold=None,
        oracle_coverage=nothing,
        promised=promise.risk,
    )


def _verdict(accepted: int, low: float, high: float, risk: float) -> str:
    if not accepted:
        return NOTHING_ACCEPTED
    if low > risk:
        return BROKEN
    return KEPT if high <= risk else OPEN
