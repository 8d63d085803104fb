"""What is promised about accepted answers, and the exact binomial tests behind the promise."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, betaincinv

from mtkd.metrics.base import Floats

START_FACTOR = 3
"""The first threshold tested must accept this many times the smallest possible sample."""


@dataclass(frozen=True)
class Promise:
    """With probability `confidence`, at most `risk` of the accepted answers are wrong.

    The probability is over the draw of the calibration items, which must be exchangeable with
    the traffic: under a shift nothing is promised.

    Args:
        risk: Largest share of accepted answers that may be wrong, in (0, 1); papers write alpha.
        confidence: In (0, 1); papers write 1 - delta.

    Raises:
        ValueError: One of them is not strictly between 0 and 1.
    """

    risk: float
    confidence: float = 0.9

    def __post_init__(self) -> None:
        _check_open(self.risk, "risk", "no finite sample shows that nothing is ever wrong")
        _check_open(self.confidence, "confidence", "certainty cannot be bought with a sample")

    @property
    def doubt(self) -> float:
        """1 - confidence: how often the promise may be broken."""
        return round(1 - self.confidence, 12)

    @property
    def smallest_sample(self) -> int:
        """Accepted items needed to certify the risk if none of them is wrong: n_min.

        ceil(ln(doubt) / ln(1 - risk)): 59 for a risk of .05 at a confidence of .95.
        """
        return math.ceil(math.log(self.doubt) / math.log1p(-self.risk) - 1e-9)

    @cached_property
    def start_errors(self) -> int:
        """Errors among the first accepted items with which the test may still pass."""
        return _start_errors(self.doubt)

    @cached_property
    def start_sample(self) -> int:
        """Items the first threshold tested must accept, at least 3 `smallest_sample`.

        Usually just that. At other sizes the same `start_errors` may pass at every risk, so
        that a stricter risk can never find a better start and end with more coverage.
        """
        size = START_FACTOR * self.smallest_sample
        while bdtr(self.start_errors, size, self.risk) > self.doubt:
            size += 1
        return size

    def p_values(self, errors: ArrayLike, accepted: ArrayLike) -> Floats:
        """P(Binomial(accepted, risk) <= errors): small where the risk is surely below `risk`.

        Args:
            errors: `[...]` integers, wrong ones among the accepted.
            accepted: `[...]` integers; 1 where nothing is accepted, which proves nothing.
        """
        wrong, sizes = (np.asarray(values, dtype=np.int64) for values in (errors, accepted))
        tested: Floats = np.where(sizes > 0, bdtr(wrong, np.maximum(sizes, 1), self.risk), 1.0)
        return tested


def largest_risk(errors: int, accepted: int, doubt: float) -> float:
    """Upper end of the exact one-sided interval of a share (Clopper-Pearson), in (0, 1].

    A true share above it gives so few errors with probability at most `doubt`. 1 without items.
    """
    _check_counts(errors, accepted)
    if errors == accepted:
        return 1.0
    return float(betaincinv(errors + 1, accepted - errors, 1 - doubt))


def smallest_risk(errors: int, accepted: int, doubt: float) -> float:
    """Lower end of the exact one-sided interval of a share (Clopper-Pearson), in [0, 1)."""
    _check_counts(errors, accepted)
    if errors == 0:
        return 0.0
    return float(betaincinv(errors, accepted - errors + 1, doubt))


def _check_open(value: float, name: str, why: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}; {why}")


def _check_counts(errors: int, accepted: int) -> None:
    if not 0 <= errors <= accepted:
        raise ValueError(f"errors must lie in 0 to {accepted} accepted items, got {errors}")


@lru_cache(maxsize=64)
def _start_errors(doubt: float) -> int:
    """The most errors that 3 n_min items can hold and still pass, over all risks.

    n_min is n for risks up to 1 - doubt^(1 / (n - 1)), where most errors pass; the number
    settles at its Poisson limit long before n = 100.
    """
    allowed = 0
    for smallest in range(2, 100):
        size, risk = START_FACTOR * smallest, -math.expm1(math.log(doubt) / (smallest - 1))
        counts = np.arange(size)
        passing = np.flatnonzero(bdtr(counts, size, risk) <= doubt)
        allowed = max(allowed, int(passing.max(initial=0)))
    return allowed
