"""What happened in a slice, in four numbers, and the shares that follow from them."""

import math
from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Booleans
from mtkd.slices.compared import Compared


@dataclass(frozen=True)
class Counts:
    """Paired outcomes of some items.

    Attributes:
        n: Items.
        worse: Only the student is wrong.
        better: Only the reference is wrong.
        confident: Only the student is wrong, with confidence of at least tau.
    """

    n: int
    worse: int
    better: int
    confident: int = 0

    @property
    def nfr(self) -> float:
        """Negative flip rate, in [0, 1]; NaN without items (all four rates)."""
        return self._share(self.worse)

    @property
    def pfr(self) -> float:
        """Positive flip rate, in [0, 1]."""
        return self._share(self.better)

    @property
    def net(self) -> float:
        """Net regression, nfr - pfr, in [-1, 1]: how much accuracy the student loses here."""
        return self._share(self.worse - self.better)

    @property
    def confident_nfr(self) -> float:
        """The part of `nfr` where the student is confident."""
        return self._share(self.confident)

    def _share(self, part: int) -> float:
        return part / self.n if self.n else math.nan


def count(compared: Compared, members: Booleans) -> Counts:
    """Counts of the items `[item]` that are true in `members`."""
    return Counts(
        int(np.count_nonzero(members)),
        *(
            int(np.count_nonzero(event & members))
            for event in (compared.worse, compared.better, compared.confident)
        ),
    )
