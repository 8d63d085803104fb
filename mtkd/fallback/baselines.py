"""Other rules for a threshold: SGR from the literature, CRC for the joint risk, and a foil."""

import math

import numpy as np
from numpy.typing import ArrayLike

from mtkd.fallback.certify import Certificate, certificate
from mtkd.fallback.cuts import Cuts, cuts
from mtkd.fallback.promise import Promise, largest_risk


def sgr(predictions: ArrayLike, truth: ArrayLike, promise: Promise) -> Certificate:
    """Selection with guaranteed risk: binary search over the items, bounds corrected for it.

    Geifman & El-Yaniv 2017, algorithm 1, https://arxiv.org/abs/1705.08500. ceil(log2 n) exact
    upper bounds at level (1 - confidence) / ceil(log2 n). Their code truncates the error count
    and returns its last threshold even if none was feasible; this one does neither.
    """
    found = cuts(predictions, truth)
    steps = max(1, math.ceil(math.log2(max(found.n, 1))))
    # The search halves the number of rejected items, as theirs does: rejected = rank from below.
    low, high = 0, found.n - 1
    best: int | None = None
    for _ in range(steps if found.n else 0):
        middle = math.ceil((low + high) / 2)
        cut = int(found.first_with(found.n - middle))
        errors, accepted = int(found.errors[cut]), int(found.accepted[cut])
        if largest_risk(errors, accepted, promise.doubt / steps) <= promise.risk:
            best, high = cut, middle
        else:
            low = middle
    guarantee = f"at most {promise.risk:g} of them wrong with probability {promise.confidence:g}"
    return certificate(f"SGR, {steps} step{'s' * (steps > 1)}", guarantee, promise, found, best)


def naive(predictions: ArrayLike, truth: ArrayLike, risk: float) -> Certificate:
    """The largest coverage whose observed risk is at most `risk`: promises nothing.

    A foil: it chooses among many thresholds the one that was lucky, and breaks what it seems
    to promise in about half of all draws.
    """
    promise = Promise(risk)
    found = cuts(predictions, truth)
    method = "naive, observed risk"
    cut = loosest_within(found, risk)
    return certificate(method, "nothing is promised", promise, found, cut, sure=False)


def conformal_joint_risk(predictions: ArrayLike, truth: ArrayLike, risk: float) -> Certificate:
    """The loosest threshold with an expected share "accepted and wrong" of at most `risk`.

    (errors + 1) / (n + 1) <= risk; conformal risk control, Angelopoulos et al. 2022,
    https://arxiv.org/abs/2208.02814. The share is of all items, not of the accepted ones,
    and the promise holds on average over calibration sets, not for this one.
    """
    promise = Promise(risk)
    found = cuts(predictions, truth)
    low_enough = found.errors + 1 <= risk * (found.n + 1) + 1e-9
    return certificate(
        "conformal risk control",
        f"accepted and wrong at most {risk:g} of all items, on average over calibration sets",
        promise,
        found,
        _last(low_enough),
        sure=False,
    )


def loosest_within(found: Cuts, risk: float) -> int | None:
    """The cut of largest coverage with observed risk at most `risk`, None without one."""
    return _last(found.errors <= risk * found.accepted + 1e-9)


def _last(true: np.ndarray) -> int | None:
    places = np.flatnonzero(true)
    return int(places[-1]) if len(places) else None
