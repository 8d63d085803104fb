"""Points of the risk-coverage curve."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Metric, check_share, measure
from mtkd.metrics.checks import top_label
from mtkd.metrics.selective import expected_risks
from mtkd.metrics.ties import ties


@dataclass(frozen=True)
class RiskCoverage:
    """The achievable operating points, from the strictest threshold to accepting everything.

    Attributes:
        coverage: `[points]`, share accepted.
        risk: `[points]`, error rate of the accepted.
        generalised_risk: `[points]`, accepted errors over all items.
        threshold: `[points]`, confidence down to which items are accepted.
    """

    coverage: Floats
    risk: Floats
    generalised_risk: Floats
    threshold: Floats


def risk_coverage(predictions: ArrayLike, truth: ArrayLike) -> RiskCoverage:
    """The risk-coverage curve on complete groups of equal confidences; no points without items."""
    groups = ties(*top_label(predictions, truth))
    ranking, n = groups.errors(), max(groups.n, 1)
    return RiskCoverage(
        coverage=ranking.taken / n,
        risk=ranking.positives / ranking.taken,
        generalised_risk=ranking.positives / n,
        threshold=groups.value[::-1],
    )


def risk_at_coverage(predictions: ArrayLike, truth: ArrayLike, coverage: float = 0.8) -> Metric:
    """Error rate of the ceil(coverage n) most confident items, expected over ties, in [0, 1]."""
    check_share(coverage, "coverage")
    risks = expected_risks(predictions, truth)
    accepted = math.ceil(coverage * len(risks) - 1e-9)
    convention = f"{coverage:g} of the items, rounded up, expected over ties"
    return measure(len(risks), convention, lambda: risks[accepted - 1])


def coverage_at_risk(predictions: ArrayLike, truth: ArrayLike, risk: float = 0.05) -> Metric:
    """Largest achievable share of items whose error rate is at most `risk`, in (0, 1].

    Achievable means by a threshold, so groups of equal confidences stay whole. NaN where no
    threshold reaches it: "never" is not a coverage of 0.

    Raises:
        ValueError: `risk` is outside [0, 1).
    """
    if not 0 <= risk < 1:
        raise ValueError(f"risk must lie in [0, 1), got {risk}")
    curve = risk_coverage(predictions, truth)
    reached = curve.coverage[curve.risk <= risk + 1e-12]
    convention = f"risk <= {risk:g}, complete tie groups, not a guarantee for new data"
    n = len(np.atleast_1d(truth))
    return measure(n, convention, lambda: reached.max() if len(reached) else math.nan)
