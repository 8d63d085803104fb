"""A teacher whose answers were recorded once, found again by content."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, searchsorted

from mtkd.files import write_bytes
from mtkd.functional import widen
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers.base import Batch, TeacherSource
from mtkd.teachers.bringing import Bringing

FORMAT = "2"


class CachedTeacher(TeacherSource):
    """What a model said about each example, keyed by the hash of the example's input.

    Recorded are its logits, or its last hidden states and its head: those give every logit
    again, at any temperature, in a small part of the room.

    A row is found by content, never by its index, so shuffling, sharding or changing the data
    can only miss, and a miss raises: another example's row is never returned.

    The table stays on its device; what is read of it goes to the batch's.

    Args:
        example_id: `[row]` int64 content hashes, distinct.
        output: What was said, `[row, ...]`, in any float type; signals are float32 or wider.
        identity: The teacher's content hash.

    Raises:
        TypeError: `output` is no `ModelOutput`.
    """

    def __init__(self, example_id: Tensor, output: ModelOutput, identity: str) -> None:
        super().__init__(identity)
        if not isinstance(output, ModelOutput):
            raise TypeError(
                f"the recorded output of teacher {identity} must be a mtkd.outputs.ModelOutput, "
                f"got a {type(output).__name__}; write ModelOutput(logits=...)"
            )
        order = example_id.argsort()
        ordered = bool((order.diff() == 1).all())
        self.example_id = example_id if ordered else example_id[order]
        self.output = output if ordered else output.map(lambda values: values[order])
        self._check(CompleteSignal(self.output))
        self.trusted, self._brought = True, Bringing()

    def observe(self, batch: Batch) -> Signal:
        rows = self._found(batch)
        said = self.output.map(lambda values: widen(values[rows]))
        device = batch["example_id"].device
        return CompleteSignal(said if device == rows.device else self._brought(said, device))

    def _found(self, batch: Batch) -> Tensor:
        """`[batch]` rows of the table, which stays where it is."""
        if "example_id" not in batch:
            raise ValueError(
                f"recorded signals of teacher {self.identity} are found by 'example_id', got a "
                f"batch of {', '.join(batch)} only; add example_id: [batch] int64 numbers, those "
                "it was recorded with"
            )
        wanted = batch["example_id"].to(self.example_id.device)
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
        rows = {"example_id": self.example_id, "body": self.output.body.contiguous()}
        header = {"format": FORMAT, "identity": self.identity, "scale": "1.0", "softcap": "None"}
        head = self.output.head
        if head is not None:
            rows["head_weight"] = head.weight.detach().contiguous()
            if head.bias is not None:
                rows["head_bias"] = head.bias.detach().contiguous()
            header |= {"scale": repr(head.scale), "softcap": repr(head.softcap)}
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
                rows = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except Exception as error:  # safetensors raises its own type for every kind of damage
            raise ValueError(
                f"{path} cannot be read ({error}); delete it and run the same command again"
            ) from None
        if (header.get("format"), header.get("identity")) != (FORMAT, identity):
            raise ValueError(
                f"{path} holds signals {json.dumps(header)}, expected format {FORMAT} of teacher "
                f"{identity}; delete it and run the same command again"
            )
        if "head_weight" not in rows:
            return cls(rows["example_id"], ModelOutput(logits=rows["body"]), identity)
        softcap = None if header["softcap"] == "None" else float(header["softcap"])
        head = OutputHead(
            rows["head_weight"], rows.get("head_bias"), float(header["scale"]), softcap
        )
        return cls(rows["example_id"], ModelOutput(hidden=rows["body"], head=head), identity)
