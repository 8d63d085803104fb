"""Evidence that may be looked at after every query: e-processes, valid at any time.

Evidence is the wealth of somebody who bets against the hypothesis at fair odds. If it is true,
the wealth ever reaches 1 / level with probability at most `level` (Ville 1939; Ramdas et al.
2023, https://arxiv.org/abs/2210.01948), however often one looks.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mtkd.fallback.fields import Fields
from mtkd.metrics.base import Floats

RICHEST = 1e200
"""Wealth is cut here, far above any alarm, before it overflows."""


def grow(wealth: Floats, factors: ArrayLike, step: int) -> Floats:
    """Wealth of each bet after one more observation: (wealth + 1 / (t (t + 1))) factor.

    Something may go wrong long after the start, when a bettor would have lost everything. So a
    share 1 / (t (t + 1)) of the money waits for every start t, which keeps the guarantee and
    costs 2 ln t of evidence.

    Args:
        wealth: `[..., bets]`, 0 before the first step.
        factors: `[..., bets]`, what 1 becomes; mean at most 1 if the hypothesis is true.
        step: Number of this observation, from 1.
    """
    grown: Floats = np.minimum((wealth + 1 / (step * (step + 1))) * np.asarray(factors), RICHEST)
    return grown


def evidence(wealth: Floats, step: int) -> Floats:
    """`[...]`: mean wealth of the bets and the money that still waits, 1 / (step + 1)."""
    total: Floats = wealth.mean(axis=-1) + 1 / (step + 1)
    return total


def rate_bets(rate: float) -> Floats:
    """`[2, bets]`: factors of a right and of a wrong item, against "at most `rate` are wrong".

    Likelihood ratios of higher rates, the odds times 1.5 to 16.
    """
    odds = rate / (1 - rate) * np.array([1.5, 2.0, 4.0, 8.0, 16.0])
    higher = odds / (1 + odds)
    return np.stack([(1 - higher) / (1 - rate), higher / rate])


def mean_bets(low: float) -> Floats:
    """`[bets]`: stakes against "the mean of z is at most 0", where z never falls below `low`.

    A factor is 1 + stake z, which stays positive.
    """
    return np.array([0.05, 0.1, 0.2, 0.4, 0.8]) / -low


SLOPES = np.array([-1.9, -1.0, -0.5, 0.5, 1.0, 1.9])
LEVEL, SPREAD = np.append(SLOPES, 0 * SLOPES), np.append(0 * SLOPES, SLOPES)
"""Slopes of the densities that are bet on: numbers too low or high, too central or extreme."""


def uniform_factors(uniform: ArrayLike) -> Floats:
    """`[..., 12]`: densities at numbers `[...]` in [0, 1], against "uniform"."""
    off = np.asarray(uniform, dtype=np.float64)[..., None] - 0.5
    factors: Floats = 1 + LEVEL * off + SPREAD * (2 * np.abs(off) - 0.5)
    return factors


class Evidence:
    """One running test; its alarm stays on once it rang.

    Args:
        bets: How many bets share the money.
        level: Probability of ever alarming while the hypothesis is true, in (0, 1).
    """

    def __init__(self, bets: int, level: float) -> None:
        self.level = level
        self.steps = 0
        self.rang_at: int | None = None
        self.wealth: Floats = np.zeros(bets)

    def update(self, factors: ArrayLike) -> None:
        """Take in one observation, as what each bet's money becomes."""
        self.steps += 1
        self.wealth = grow(self.wealth, factors, self.steps)
        if self.rang_at is None and evidence(self.wealth, self.steps) >= 1 / self.level:
            self.rang_at = self.steps

    @property
    def log_value(self) -> float:
        """ln of the evidence, 0 at the start."""
        return math.log(float(evidence(self.wealth, self.steps)))

    def state(self) -> dict[str, Any]:
        """Everything that changes, as JSON values."""
        return {"steps": self.steps, "rang_at": self.rang_at, "wealth": self.wealth.tolist()}

    def read(self, fields: Fields) -> tuple[int, int | None, Floats]:
        """What `resume` takes, from a saved `state`; ValueError where it is not one."""
        wealth = fields.numbers("wealth", 0.0, RICHEST)
        if len(wealth) != len(self.wealth):
            fields.stop("wealth", f"has {len(wealth)} numbers", f"{len(self.wealth)} numbers")
        rang_at = None if fields.get("rang_at") is None else fields.count("rang_at", 1)
        return fields.count("steps"), rang_at, np.array(wealth)

    def resume(self, steps: int, rang_at: int | None, wealth: Floats) -> None:
        """Go on from what `read` found."""
        self.steps, self.rang_at, self.wealth = steps, rang_at, wealth
