"""A teacher whose answers were recorded once, found again by content."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, searchsorted

from mtkd.functional import widen
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, PartialSignal, Signal, check_presence
from mtkd.teachers.base import Batch, TeacherSource
from mtkd.teachers.bringing import Bringing
from mtkd.teachers.stored import read_signal
from mtkd.teachers.table import as_table
from mtkd.teachers.table_file import table_file


class CachedTeacher(TeacherSource):
    """What a teacher said about each example, keyed by the hash of the example's input.

    Recorded are its logits, or its last hidden states and its head: those give every logit
    again, at any temperature, in a small part of the room. Or a signal, such as k classes and the
    mass of the rest.

    A row is found by content, never by its index, so shuffling, sharding or changing the data
    can only miss, and a miss raises: another example's row is never returned.

    The table stays on its device; what is read of it goes to the batch's.

    Args:
        example_id: `[row]` int64 content hashes. Of one that comes again the first row is kept.
        output: What was said, `[row, ...]`, in any float type; signals are float32 or wider.
        identity: The teacher's content hash.

    Raises:
        TypeError: `output` is no `ModelOutput` and no signal.
        ValueError: Values that are not finite or no distribution; no rows, another number of them
            than ids, or one id for rows that say different things.
    """

    def __init__(self, example_id: Tensor, output: ModelOutput | Signal, identity: str) -> None:
        super().__init__(identity)
        if not isinstance(output, ModelOutput | CompleteSignal | PartialSignal):
            raise TypeError(
                f"the recorded output of teacher {identity} must be a mtkd.outputs.ModelOutput, "
                f"got a {type(output).__name__}; write ModelOutput(logits=...)"
            )
        signal = CompleteSignal(output) if isinstance(output, ModelOutput) else output
        check_presence(type(self).__name__, signal)
        self._check(signal)
        self.example_id, self.signal = as_table(example_id, signal, identity)
        self.trusted, self._brought = True, Bringing()

    def observe(self, batch: Batch) -> Signal:
        said = self._said(self._found(batch), batch["example_id"].device)
        return said.map(_as_used)  # widened after its way to the device: half precision is half

    def _said(self, rows: Tensor, device: torch.device) -> Signal:
        """Rows of the table on `device`, as they were recorded."""
        said = self.signal.map(lambda values: values[rows])
        if device == rows.device:
            return said
        if isinstance(said, PartialSignal):
            return said.map(lambda values: values.to(device))
        present = None if said.present is None else said.present.to(device)
        return CompleteSignal(self._brought(said.output, device), present)

    def _found(self, batch: Batch) -> Tensor:
        """`[batch]` rows of the table, which stays where it is."""
        if "example_id" not in batch:
            raise ValueError(
                f"recorded signals of teacher {self.identity} are found by 'example_id', got a "
                f"batch of {', '.join(batch)} only; add example_id: [batch] int64 numbers, those "
                "it was recorded with"
            )
        wanted = batch["example_id"].to(self.example_id.device).contiguous()
        rows = searchsorted(self.example_id, wanted).clamp(max=len(self.example_id) - 1)
        missing = self.example_id[rows] != wanted
        if missing.any():
            raise ValueError(
                f"the recorded signals of teacher {self.identity} miss {int(missing.sum())} of "
                f"{len(wanted)} examples of this batch; the data changed since they were recorded "
                "(delete the teacher's signals.safetensors and run again), or the batch is new "
                "text, which only a teacher with live: true can read"
            )
        return rows

    def save(self, path: Path) -> None:
        """Write the rows and what they are to a safetensors file."""
        with table_file(path, self.example_id, self.identity) as table:
            table.add(self)

    @classmethod
    def load(cls, path: Path, identity: str) -> CachedTeacher:
        """Read a file written by `save`.

        Raises:
            ValueError: The file is damaged, of another format, or of another teacher.
        """
        return cls(*read_signal(path, identity), identity)


def _as_used(values: Tensor) -> Tensor:
    """Floats in float32 or wider; class indices, which are kept in 32 bits, as torch takes them."""
    if values.is_floating_point():
        return widen(values)
    return values.long() if values.dtype == torch.int32 else values
