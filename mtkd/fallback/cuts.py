"""Every threshold on a set of items, with integer counts and complete groups of equal scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics import top_label
from mtkd.metrics.base import Floats, Integers
from mtkd.metrics.ranking import rank


@dataclass(frozen=True, eq=False)
class Cuts:
    """Thresholds from the strictest to the loosest, and what each accepts.

    Attributes:
        threshold: `[cuts]`, falling; an item is accepted if its confidence is at least this.
        accepted: `[cuts]`, items accepted.
        errors: `[cuts]`, wrong ones among them.
        n: All items.
    """

    threshold: Floats
    accepted: Integers
    errors: Integers
    n: int

    def __len__(self) -> int:
        return len(self.threshold)

    def first_with(self, counts: ArrayLike) -> Integers:
        """`[...]`: the strictest cut that accepts at least so many items, else the loosest."""
        found = np.searchsorted(self.accepted, counts)
        return np.minimum(found, len(self) - 1)

    def at(self, threshold: float | None) -> tuple[int, int]:
        """How many items a threshold accepts, and how many of them are wrong; None accepts none."""
        if threshold is None:
            return 0, 0
        above = int(np.searchsorted(-self.threshold, -threshold, side="right"))
        return (int(self.accepted[above - 1]), int(self.errors[above - 1])) if above else (0, 0)

    def only(self, thresholds: ArrayLike) -> "Cuts":
        """The same items cut at other thresholds `[cuts]`, which must fall strictly.

        Raises:
            ValueError: They do not fall, lie outside [0, 1], or there is none.
        """
        wanted = np.asarray(thresholds, dtype=np.float64)
        falling = wanted.ndim == 1 and len(wanted) > 0 and bool((np.diff(wanted) < 0).all())
        if not (falling and wanted.min() >= 0 and wanted.max() <= 1):
            raise ValueError(
                f"thresholds must be numbers in [0, 1] that fall, got {np.array2string(wanted)}; "
                "they are tested from the strictest to the loosest"
            )
        counts = np.array([self.at(float(value)) for value in wanted], dtype=np.int64)
        return Cuts(wanted, counts[:, 0], counts[:, 1], self.n)


def cuts(predictions: ArrayLike, truth: ArrayLike) -> Cuts:
    """All achievable thresholds of some items.

    Args:
        predictions: Probabilities `[n, classes]` or confidences `[n]`.
        truth: Labels `[n]` for probabilities; booleans `[n]` (was it right?) for confidences.

    Raises:
        ValueError: NaN, a row that is not a distribution, a label out of range (with its row).
    """
    confidence, correct = top_label(predictions, truth)
    ranking = rank(confidence, ~correct)
    return Cuts(np.unique(confidence)[::-1], ranking.taken, ranking.positives, len(confidence))
