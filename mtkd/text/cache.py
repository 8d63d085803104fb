"""Tensors that took long to make, kept on disk under the hash of what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from mtkd.files import write_bytes

FORMAT = "mtkd-cache-1"
"""Part of every key; another number makes everything again."""


def cached(
    parts: Sequence[str | bytes], make: Callable[[], Mapping[str, Tensor]]
) -> dict[str, Tensor]:
    """What `make` returns, from the cache if it was made before from the same parts.

    A file that is cut off or altered is made again, never half-read. A cache that cannot be
    written costs a warning, not the work.

    Args:
        parts: All that decides the result: contents, options, version of the code. Two lists
            of parts share a key only if they are equal part by part.
        make: Called without the cache; gives tensors on the CPU by name.

    Returns:
        The tensors, contiguous, names sorted: the same whether made or read.
    """
    path = cache_folder() / f"{key_of(parts)}.safetensors"
    found = _read(path)
    if found is not None:
        return found
    made = {name: tensor.contiguous() for name, tensor in sorted(make().items())}
    try:
        # Clones: safetensors refuses tensors that share memory.
        copies = {name: tensor.clone() for name, tensor in made.items()}
        write_bytes(path, save(copies, {"digest": _digest(made)}))
    except OSError as error:
        warnings.warn(
            f"{error}; the tokens are not cached, set MTKD_CACHE to a folder with room",
            stacklevel=2,
        )
    return made


def cache_folder() -> Path:
    """`$MTKD_CACHE`, or `~/.cache/mtkd`; it may be deleted whenever nothing runs.

    Raises:
        ValueError: There is no home folder and no `MTKD_CACHE`.
    """
    given = os.environ.get("MTKD_CACHE")
    try:
        return Path(given or "~/.cache/mtkd").expanduser()
    except RuntimeError:
        raise ValueError(
            "there is no home folder to cache tokens in; set MTKD_CACHE to a folder"
        ) from None


def key_of(parts: Sequence[str | bytes]) -> str:
    """40 hex digits of SHA-256 over the parts, each with its kind and length before it."""
    whole = hashlib.sha256(FORMAT.encode())
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        whole.update(f"\n{type(part).__name__} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:40]


def _read(path: Path) -> dict[str, Tensor] | None:
    """The tensors of a file, or None if it is missing or not what was written."""
    try:
        content = path.read_bytes()
        size = int.from_bytes(content[:8], "little")
        written = json.loads(content[8 : 8 + size])["__metadata__"]["digest"]
        found = dict(sorted(load(content).items()))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None
    return found if _digest(found) == written else None


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, names in the order given."""
    whole = hashlib.sha256()
    for name, tensor in tensors.items():
        whole.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        whole.update(tensor.numpy().tobytes())
    return whole.hexdigest()
