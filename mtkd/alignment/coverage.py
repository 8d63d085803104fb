"""How much of a teacher's opinion reaches the student."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Coverage:
    """Sums over everything a source was asked so far; shares are NaN before the first position.

    Attributes:
        positions: Student positions that count (`batch["mask"]`).
        aligned: Those at which a teacher position has read the same text.
        mass: Sum over these of the teacher's probability on tokens that the student has too.
    """

    positions: int = 0
    aligned: int = 0
    mass: float = 0.0

    @property
    def aligned_share(self) -> float:
        """Share of the counted positions at which the teacher speaks, in [0, 1]."""
        return self.aligned / self.positions if self.positions else math.nan

    @property
    def mass_share(self) -> float:
        """Mean mass on shared tokens where it speaks, in [0, 1]."""
        return self.mass / self.aligned if self.aligned else math.nan

    def add(self, positions: int, aligned: int, mass: float) -> None:
        """Count one batch."""
        self.positions += positions
        self.aligned += aligned
        self.mass += mass
