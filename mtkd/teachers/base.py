"""Where one teacher's opinion comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mtkd.outputs import ModelOutput
from mtkd.signals import Signal, check_presence, check_values

Batch = Mapping[str, Tensor]
"""`inputs [batch, ...]`, `labels`, `mask` (both `[batch, ...]`), `example_id [batch]`."""

NO_SIGNALS = (Tensor, ModelOutput, tuple, list, dict, type(None))
"""What a source might give in place of a signal."""


class TeacherSource(ABC):
    """One teacher's opinion about a batch, over the student's classes.

    Subclasses implement `observe`; where it comes from (a live model, a cache on disk, another
    tokenizer) is their own business. This class runs them without gradients, counts what was
    asked, and checks the promise everything downstream relies on: finite values, and of a partial
    signal a distribution. A source is no `nn.Module`, so a student that holds one cannot train
    it, move it or save it.

    Attributes:
        identity: Content hash of what the opinion depends on; recorded beside every result.
        asked: Examples the source was asked about so far.
        skipped: Examples it was spared because no weight would have reached it.
        trusted: Whether its values are checked elsewhere: when it was made, once for all batches,
            or by the source whose values it passes on.
    """

    trusted = False

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.asked = 0
        self.skipped = 0

    @torch.no_grad()
    def __call__(self, batch: Batch, wanted: Tensor | None = None) -> Signal:
        """The signal at every position of `batch`, `[batch, ...]`.

        Args:
            batch: See `Batch`.
            wanted: `[batch]` booleans, the examples worth asking about; None: all. The source is
                silent about the others.

        Raises:
            ValueError: The source gave infinite or NaN values, no distribution, or rows for other
                positions than those of the labels.
            TypeError: The source gave no signal, or was not set up.
        """
        size = len(batch["labels"])
        rows = None if wanted is None else wanted.nonzero().squeeze(-1)
        count = size if rows is None else len(rows)
        self._add(count, size - count)
        if rows is None or count == size:
            signal = self._observed(batch)
        else:
            assert wanted is not None
            signal = self._observe_some(batch, wanted, rows)
        self._check(signal)
        return signal

    @abstractmethod
    def observe(self, batch: Batch) -> Signal:
        """The signal at every position of `batch`."""

    def _add(self, asked: int, skipped: int) -> None:
        try:
            self.asked += asked
            self.skipped += skipped
        except AttributeError:
            raise TypeError(
                f"{type(self).__name__} is not set up; begin its __init__ with "
                "super().__init__(identity), a name or a hash of what its opinion depends on"
            ) from None

    def _observed(self, batch: Batch) -> Signal:
        """What the source says, which is a signal about each position."""
        signal = self.observe(batch)
        if isinstance(signal, NO_SIGNALS):
            raise TypeError(
                f"{type(self).__name__}.observe returned a {type(signal).__name__}, expected a "
                "signal; return mtkd.signals.CompleteSignal(ModelOutput(logits=...)) with logits "
                "[batch, ..., classes]"
            )
        check_presence(type(self).__name__, signal)
        expected = list(batch["labels"].shape)
        if list(signal.shape) != expected:
            raise ValueError(
                f"{type(self).__name__} speaks about positions {list(signal.shape)} of a batch, "
                f"expected those of its labels, {expected}; give each example its row, in the "
                "batch's order"
            )
        return signal

    def _observe_some(self, batch: Batch, wanted: Tensor, rows: Tensor) -> Signal:
        # Where nobody is wanted one example is asked all the same: few models read none.
        rows = rows if len(rows) else rows.new_zeros(1)
        some = self._observed({name: _taken(values, rows) for name, values in batch.items()})
        whole = some.map(lambda values: _spread(values, rows, len(wanted)))
        shape = batch["labels"].shape
        spoken = wanted.reshape(-1, *[1] * (len(shape) - 1)).expand(shape)
        present = spoken if whole.present is None else whole.present & spoken
        return whole.silenced(present)

    def _check(self, signal: Signal) -> None:
        if not self.trusted:
            check_values(type(self).__name__, signal)


def _taken(values: Any, rows: Tensor) -> Any:
    """Some rows of a batch's entry; a text for each example comes as a list."""
    if isinstance(values, Tensor):
        return values[rows]
    return [values[row] for row in rows.tolist()]


def _spread(values: Tensor, rows: Tensor, size: int) -> Tensor:
    """`values` of some examples at their places among `size`, zero elsewhere."""
    whole = values.new_zeros(size, *values.shape[1:])
    whole[rows] = values
    return whole
