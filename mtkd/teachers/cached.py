"""A teacher whose answers were recorded once, found again by content."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from mtkd.files import write_bytes
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers.base import Batch, TeacherSource

FORMAT = "1"


class CachedTeacher(TeacherSource):
    """Recorded logits, one row for each example, keyed by the hash of the example's input.

    A row is found by content, never by its index, so shuffling, sharding or changing the data
    can only miss, and a miss raises: another example's row is never returned.

    Args:
        example_id: `[row]` int64 content hashes, distinct.
        logits: `[row, classes]`, or `[row, length, classes]`.
        identity: The teacher's content hash.
    """

    def __init__(self, example_id: Tensor, logits: Tensor, identity: str) -> None:
        super().__init__(identity)
        order = example_id.argsort()
        self.example_id, self.logits = example_id[order], logits[order]
        self._check(CompleteSignal(ModelOutput(logits=self.logits)))
        self.trusted = True

    def observe(self, batch: Batch) -> Signal:
        wanted = batch["example_id"]
        rows = torch.searchsorted(self.example_id, wanted).clamp(max=len(self.example_id) - 1)
        missing = self.example_id[rows] != wanted
        if missing.any():
            raise ValueError(
                f"the recorded signals of teacher {self.identity} miss {int(missing.sum())} of "
                f"{len(wanted)} examples of this batch; the data changed since they were recorded: "
                "delete the teacher's signals.safetensors and run again"
            )
        return CompleteSignal(ModelOutput(logits=self.logits[rows]))

    def save(self, path: Path) -> None:
        """Write the rows and what they are to a safetensors file."""
        header = {"format": FORMAT, "identity": self.identity}
        rows = {"example_id": self.example_id, "logits": self.logits.contiguous()}
        write_bytes(path, save(rows, metadata=header))

    @classmethod
    def load(cls, path: Path, identity: str) -> CachedTeacher:
        """Read a file written by `save`.

        Raises:
            ValueError: The file is damaged, of another format, or of another teacher.
        """
        try:
            with safe_open(path, framework="pt") as file:
                header = file.metadata() or {}
                rows = {name: file.get_tensor(name) for name in ("example_id", "logits")}
        except Exception as error:  # safetensors raises its own type for every kind of damage
            raise ValueError(
                f"{path} cannot be read ({error}); delete it and run the same command again"
            ) from None
        if header != {"format": FORMAT, "identity": identity}:
            raise ValueError(
                f"{path} holds signals {json.dumps(header)}, expected format {FORMAT} of teacher "
                f"{identity}; delete it and run the same command again"
            )
        return cls(rows["example_id"], rows["logits"], identity)
