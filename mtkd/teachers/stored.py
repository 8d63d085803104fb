"""What a teacher said, as one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from mtkd.files import write_bytes
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, PartialSignal, Signal

FORMAT = "2"


def write_signal(path: Path, example_id: Tensor, signal: Signal, identity: str) -> None:
    """Write a signal, `[row, ...]`, its rows' ids and whose it is in one piece."""
    rows, header = _partial(signal) if isinstance(signal, PartialSignal) else _complete(signal)
    rows["example_id"] = example_id
    if signal.present is not None:
        rows["present"] = signal.present
    header |= {"format": FORMAT, "identity": identity}
    whole = {name: values.detach().contiguous() for name, values in rows.items()}
    write_bytes(path, save(whole, metadata=header))


def read_signal(path: Path, identity: str) -> tuple[Tensor, Signal]:
    """Ids and signal of a file that `write_signal` wrote.

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
    partial = "kept" in rows
    return rows["example_id"], _as_partial(rows, header) if partial else _as_complete(rows, header)


def _complete(signal: CompleteSignal) -> tuple[dict[str, Tensor], dict[str, str]]:
    rows, header = {"body": signal.output.body}, {"scale": "1.0", "softcap": "None"}
    head = signal.output.head
    if head is not None:
        rows["head_weight"] = head.weight
        if head.bias is not None:
            rows["head_bias"] = head.bias
        header |= {"scale": repr(head.scale), "softcap": repr(head.softcap)}
    return rows, header


def _as_complete(rows: Mapping[str, Tensor], header: Mapping[str, str]) -> CompleteSignal:
    present = rows.get("present")
    if "head_weight" not in rows:
        return CompleteSignal(ModelOutput(logits=rows["body"]), present)
    softcap = None if header["softcap"] == "None" else float(header["softcap"])
    head = OutputHead(rows["head_weight"], rows.get("head_bias"), float(header["scale"]), softcap)
    return CompleteSignal(ModelOutput(hidden=rows["body"], head=head), present)


def _partial(signal: PartialSignal) -> tuple[dict[str, Tensor], dict[str, str]]:
    rows = {name: vars(signal)[name] for name in ("log_probs", "log_tail")}
    header = {"classes": str(signal.classes), "temperature": repr(signal.temperature)}
    return {**rows, "kept": signal.kept.int()}, header


def _as_partial(rows: Mapping[str, Tensor], header: Mapping[str, str]) -> PartialSignal:
    return PartialSignal(
        rows["kept"],
        rows["log_probs"],
        rows["log_tail"],
        int(header["classes"]),
        float(header["temperature"]),
        rows.get("present"),
    )
