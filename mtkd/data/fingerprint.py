"""A split in a few bytes: whether two runs saw the same items."""

import hashlib
import json
from typing import Any

from mtkd.data.examples import Examples


def fingerprint(examples: Examples) -> dict[str, Any]:
    """What a manifest records of a split or domain; equal for equal content, in any process.

    Returns:
        `items`: how many. `sha256`: of content ids and labels, in their order. `columns`: SHA-256
        of the extras, which models read, and of the metadata, which relabelling and shifts read.
    """
    labels = examples.wide(examples.labels).contiguous()
    said = examples.ids.numpy().tobytes() + labels.numpy().tobytes()
    return {
        "items": len(examples),
        "sha256": hashlib.sha256(said).hexdigest(),
        "columns": _columns(examples),
    }


def _columns(examples: Examples) -> str:
    whole = hashlib.sha256()
    for name, values in sorted(examples.extras.items()):
        tensor = examples.wide(values)
        whole.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        whole.update(tensor.contiguous().numpy(force=True).tobytes())
    for name, column in sorted(examples.metadata.items()):
        # Computed real numbers may differ in their last bit from one machine to another.
        if column.dtype.kind != "f":
            whole.update(json.dumps([name, column.tolist()], default=str).encode())
    return whole.hexdigest()
