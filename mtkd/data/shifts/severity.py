"""What a corruption is made of: an image, a severity, and a generator of its own."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float64]
"""`[height, width]`, grey, 0 is no ink and 1 is full ink."""

SEVERITIES = (1, 2, 3, 4, 5)


def check_severity(severity: int) -> int:
    """The severity itself; ValueError if it is not a whole number from 1 to 5."""
    if isinstance(severity, bool) or severity not in SEVERITIES:
        raise ValueError(f"severity must be a whole number from 1 to 5, got {severity!r}")
    return int(severity)


def at(severity: int, *values: float) -> float:
    """The value for a severity, from the five that a corruption lists mildest first."""
    return values[check_severity(severity) - 1]


def either_sign(generator: np.random.Generator) -> float:
    """-1 or 1, equally likely."""
    return float(generator.choice((-1.0, 1.0)))
