"""What a teacher said, as one safetensors file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, PartialSignal, Signal

FORMAT = "2"

Stored = tuple[dict[str, Tensor], dict[str, Tensor], dict[str, str]]
"""Tensors with a row for each id, those of the head, and what the file says of them."""


def stored_rows(signal: Signal) -> Stored:
    """A signal as a file holds it."""
    rows, head, said = _partial(signal) if isinstance(signal, PartialSignal) else _complete(signal)
    if signal.present is not None:
        rows["present"] = signal.present
    return rows, head, said


def file_layout(
    sizes: Mapping[str, tuple[Tensor, int]], said: Mapping[str, str]
) -> tuple[bytes, dict[str, int], int]:
    """How a safetensors file begins, where in it each tensor does, and how long it is in bytes.

    Args:
        sizes: By name a tensor that is alike but for its rows, and the number of rows.
        said: What the file says of them; the format is added.
    """
    # The library knows the order and the names of the types; only rows are missing then.
    empty = save({n: torch.empty(0, *t.shape[1:], dtype=t.dtype) for n, (t, _) in sizes.items()})
    entries, end = json.loads(empty[8:]), 0
    for name, entry in entries.items():
        alike, rows = sizes[name]
        length = rows * math.prod(alike.shape[1:]) * alike.element_size()
        entry |= {"shape": [rows, *alike.shape[1:]], "data_offsets": [end, end + length]}
        end += length
    text = json.dumps({"__metadata__": {"format": FORMAT, **said}, **entries}).encode()
    text += b" " * (-len(text) % 8)
    starts = {name: 8 + len(text) + entry["data_offsets"][0] for name, entry in entries.items()}
    return len(text).to_bytes(8, "little") + text, starts, 8 + len(text) + end


def as_bytes(values: Tensor) -> NDArray[np.uint8]:
    """`[row, byte]`: each row of a tensor as a file holds it."""
    flat = values.detach().cpu().contiguous().reshape(len(values), -1)
    return flat.view(torch.uint8).numpy()


def read_signal(path: Path, identity: str) -> tuple[Tensor, Signal]:
    """Ids and signal of a file that `table_file` wrote.

    Raises:
        ValueError: The file is damaged, of another format, or of another teacher.
    """
    again = "delete it and run the same command again"
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            rows = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # safetensors raises its own type for every kind of damage
        raise ValueError(f"{path} cannot be read ({error}); {again}") from None
    if (header.get("format"), header.get("identity")) != (FORMAT, identity):
        raise ValueError(
            f"{path} holds signals {json.dumps(header)}, expected format {FORMAT} of teacher "
            f"{identity}; {again}"
        )
    signal_of = _as_partial if "kept" in rows else _as_complete
    try:
        return rows["example_id"], signal_of(rows, header)
    except KeyError as missing:
        raise ValueError(f"{path} has no {missing}; {again}") from None


def _complete(signal: CompleteSignal) -> Stored:
    rows, head = {"body": signal.output.body}, signal.output.head
    if head is None:
        return rows, {}, {"scale": "1.0", "softcap": "None"}
    weights = {"head_weight": head.weight}
    if head.bias is not None:
        weights["head_bias"] = head.bias
    return rows, weights, {"scale": repr(head.scale), "softcap": repr(head.softcap)}


def _as_complete(rows: Mapping[str, Tensor], header: Mapping[str, str]) -> CompleteSignal:
    present = rows.get("present")
    if "head_weight" not in rows:
        return CompleteSignal(ModelOutput(logits=rows["body"]), present)
    softcap = None if header["softcap"] == "None" else float(header["softcap"])
    head = OutputHead(rows["head_weight"], rows.get("head_bias"), float(header["scale"]), softcap)
    return CompleteSignal(ModelOutput(hidden=rows["body"], head=head), present)


def _partial(signal: PartialSignal) -> Stored:
    rows = {name: vars(signal)[name] for name in ("log_probs", "log_tail")}
    header = {"classes": str(signal.classes), "temperature": repr(signal.temperature)}
    header |= {"drawn": "True"} if signal.drawn else {}
    return {**rows, "kept": signal.kept.int()}, {}, header


def _as_partial(rows: Mapping[str, Tensor], header: Mapping[str, str]) -> PartialSignal:
    return PartialSignal(
        rows["kept"],
        rows["log_probs"],
        rows["log_tail"],
        int(header["classes"]),
        float(header["temperature"]),
        rows.get("present"),
        header.get("drawn") == "True",
    )


def kind_of(signal: Signal) -> str:
    """What must be the same for all rows of a file, in words."""
    if isinstance(signal, PartialSignal):
        rest = "drawn" if signal.drawn else "and the rest"
        return (
            f"{signal.kept.shape[-1]} of {signal.classes} classes {rest} at temperature "
            f"{signal.temperature:g}"
        )
    return f"a {type(signal).__name__} over {signal.classes} classes"
