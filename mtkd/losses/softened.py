"""One side of a comparison, with what formulas need of it made once."""

from __future__ import annotations

from torch import Tensor


class Softened:
    """A distribution of classes at each position, after the loss's temperature.

    Args:
        log_probs: `[..., classes]`.
    """

    def __init__(self, log_probs: Tensor) -> None:
        self.log_probs = log_probs
        self._probs: Tensor | None = None

    @property
    def probs(self) -> Tensor:
        """`[..., classes]`, made when first read: read them before you overwrite `log_probs`."""
        if self._probs is None:
            self._probs = self.log_probs.exp()
        return self._probs
