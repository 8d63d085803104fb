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


def grow(log_wealth: Floats, factors: ArrayLike, step: int) -> Floats:
    """Wealth of each bet after one more observation, as natural logarithms.

    Something may go wrong long after the start, when a bettor would have lost everything.
    So a share 1 / (t (t + 1)) of the money waits for every start t: wealth' = (wealth +
    1 / (t (t + 1))) factor, which costs 2 ln t of evidence and keeps the guarantee.

    Args:
        log_wealth: `[..., bets]`, -inf before the first step.
        factors: `[..., bets]`, what 1 becomes; mean at most 1 if the hypothesis is true.
        step: Number of this observation, from 1.
    """
    entering = -math.log(step * (step + 1))
    with np.errstate(divide="ignore"):
        grown: Floats = np.logaddexp(log_wealth, entering) + np.log(np.asarray(factors))
    return grown


def log_evidence(log_wealth: Floats, step: int) -> Floats:
    """`[...]`: ln of the mean over bets, with the money that still waits, 1 / (step + 1)."""
    mean = np.logaddexp.reduce(log_wealth, axis=-1) - math.log(log_wealth.shape[-1])
    total: Floats = np.logaddexp(mean, -math.log(step + 1))
    return total


def rate_bets(rate: float) -> Floats:
    """`[bets, 2]`: factors of a right and a wrong item, against "at most `rate` are wrong".

    Likelihood ratios of higher rates, the odds times 1.5 to 16.
    """
    odds = rate / (1 - rate) * np.array([1.5, 2.0, 4.0, 8.0, 16.0])
    higher = odds / (1 + odds)
    return np.stack([(1 - higher) / (1 - rate), higher / rate], axis=1)


def mean_bets(low: float) -> Floats:
    """`[bets]`: stakes against "the mean of z is at most 0", where z never falls below `low`.

    A factor is 1 + stake z, which stays positive.
    """
    return np.array([0.05, 0.1, 0.2, 0.4, 0.8]) / -low


LEVEL_BETS = np.array([-1.9, -1.0, -0.5, 0.5, 1.0, 1.9])
"""Slopes of the densities bet on a uniform number: for too low, too high, and their spread."""


def uniform_factors(uniform: ArrayLike) -> Floats:
    """`[..., 12]`: densities at numbers `[...]` in [0, 1], against "uniform"."""
    place = np.asarray(uniform, dtype=np.float64)[..., None]
    level = LEVEL_BETS * (place - 0.5)
    spread = LEVEL_BETS * (np.abs(2 * place - 1) - 0.5)
    return 1 + np.concatenate([level, spread], axis=-1)


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
        self.log_wealth: Floats = np.full(bets, -np.inf)

    def update(self, factors: ArrayLike) -> None:
        """Take in one observation, as what each bet's money becomes."""
        self.steps += 1
        self.log_wealth = grow(self.log_wealth, factors, self.steps)
        if self.rang_at is None and self.log_value >= -math.log(self.level):
            self.rang_at = self.steps

    @property
    def log_value(self) -> float:
        """ln of the evidence, 0 at the start."""
        return float(log_evidence(self.log_wealth, self.steps)) if self.steps else 0.0

    def state(self) -> dict[str, Any]:
        """Everything that changes, as JSON values."""
        wealth = self.log_wealth.tolist() if self.steps else []
        return {"steps": self.steps, "rang_at": self.rang_at, "log_wealth": wealth}

    def read(self, fields: Fields) -> tuple[int, int | None, Floats]:
        """What `resume` takes, from a saved `state`; ValueError where it is not one."""
        steps, bets = fields.count("steps"), len(self.log_wealth)
        wealth = fields.numbers("log_wealth", -1e300, 1e300)
        if len(wealth) != (bets if steps else 0):
            fields.stop("log_wealth", f"has {len(wealth)} numbers", str(bets))
        rang_at = None if fields.get("rang_at") is None else fields.count("rang_at", 1)
        return steps, rang_at, np.array(wealth) if steps else np.full(bets, -np.inf)

    def resume(self, steps: int, rang_at: int | None, log_wealth: Floats) -> None:
        """Go on from what `read` found."""
        self.steps, self.rang_at, self.log_wealth = steps, rang_at, log_wealth
