"""A confidence threshold with a promise: fixed-sequence testing, exact binomial, or infeasible."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtkd.fallback.cuts import Cuts, cuts
from mtkd.fallback.promise import Promise
from mtkd.metrics import Metric
from mtkd.metrics.base import Integers, check_share, measure

INFEASIBLE = "infeasible: send everything to the teacher"


@dataclass(frozen=True)
class Certificate:
    """A threshold and what it promises, or the finding that none can be promised.

    Attributes:
        method: How the threshold was found.
        guarantee: What is promised, in words.
        risk: The risk it was found for.
        confidence: Probability that the promise is kept; None where only an expectation, or
            nothing, is promised.
        threshold: Answers at least this confident are accepted; None if infeasible.
        accepted: Calibration items accepted.
        errors: Wrong ones among them.
        n: All calibration items.
    """

    method: str
    guarantee: str
    risk: float
    confidence: float | None
    threshold: float | None
    accepted: int
    errors: int
    n: int

    @property
    def feasible(self) -> bool:
        return self.threshold is not None

    @property
    def coverage(self) -> Metric:
        """Share of the calibration items that is accepted; 0 if infeasible."""
        return measure(self.n, "accepted / all calibration items", lambda: self.accepted / self.n)

    @property
    def observed_risk(self) -> Metric:
        """Share of the accepted calibration items that is wrong; smaller than what is promised."""
        convention = "wrong / accepted calibration items, in-sample"
        return measure(self.accepted, convention, lambda: self.errors / self.accepted)

    @property
    def sentence(self) -> str:
        """What to do, in one line."""
        if self.threshold is None:
            return INFEASIBLE
        return (
            f"accept answers with confidence >= {self.threshold:.6g}: {self.guarantee}; "
            f"coverage {self.accepted / self.n:.1%} of {self.n} calibration items"
        )


def certificate(
    method: str, guarantee: str, promise: Promise, found: Cuts, cut: int | None, sure: bool = True
) -> Certificate:
    """The certificate of one cut, or of none; `sure` is false without a confidence."""
    threshold = None if cut is None else float(found.threshold[cut])
    accepted, errors = found.at(threshold)
    confidence = promise.confidence if sure else None
    return Certificate(
        method, guarantee, promise.risk, confidence, threshold, accepted, errors, found.n
    )


def certify(
    predictions: ArrayLike,
    truth: ArrayLike,
    promise: Promise,
    start_coverage: float = 0.2,
    step: float = 0.01,
    thresholds: ArrayLike | None = None,
) -> Certificate:
    """The loosest threshold whose risk is certified by tests from strict to loose.

    Each threshold is tested with an exact binomial p-value at the full level 1 - confidence;
    the first that fails ends the sequence (Learn then Test, fixed-sequence testing; Angelopoulos
    et al. 2021, https://arxiv.org/abs/2110.01052). The grid comes from the scores alone: the
    coverages `start_coverage`, one `step` more, ... , 1, with equal scores kept together.
    Exact for `thresholds` fixed without these items; for the grid of their own scores the tests
    check by simulation that the promise is kept.

    Args:
        predictions: Probabilities `[n, classes]` or confidences `[n]` of the calibration items.
        truth: Labels `[n]`, or booleans `[n]` with confidences.
        promise: What to certify.
        start_coverage: Declared before looking, in (0, 1]; raised where the strictest threshold
            would accept fewer than `promise.start_sample` items.
        step: Coverage between two thresholds, in (0, 1].
        thresholds: `[cuts]`, falling, instead of the coverage grid.
    """
    check_share(start_coverage, "start_coverage")
    check_share(step, "step")
    found = cuts(predictions, truth)
    if thresholds is not None:
        found = found.only(thresholds)
    grid = _sequence(found, promise, start_coverage, step, thresholds is not None)
    passed = promise.p_values(found.errors[grid], found.accepted[grid]) <= promise.doubt
    reached = int(np.logical_and.accumulate(passed).sum())
    guarantee = f"at most {promise.risk:g} of them wrong with probability {promise.confidence:g}"
    return certificate(
        "fixed-sequence testing, exact binomial",
        guarantee,
        promise,
        found,
        int(grid[reached - 1]) if reached else None,
    )


def _sequence(
    found: Cuts, promise: Promise, start_coverage: float, step: float, all_cuts: bool
) -> Integers:
    """Indices of the cuts to test, strict to loose; empty if the start holds too many errors."""
    if not len(found):
        return np.zeros(0, dtype=np.int64)
    declared = math.ceil(start_coverage * found.n - 1e-9)
    start = int(found.first_with(max(declared, promise.start_sample)))
    if start > found.first_with(declared) and found.errors[start - 1] > promise.start_errors:
        return np.zeros(0, dtype=np.int64)  # looser risks start here, and must not fare worse
    if all_cuts:
        return np.arange(start, len(found))
    shares = np.append(np.arange(start_coverage, 1.0, step), 1.0)
    steps = found.first_with(np.ceil(shares * found.n - 1e-9).astype(np.int64))
    return np.unique(np.append(steps[steps > start], start))
