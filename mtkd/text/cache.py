"""Tensors that took long to make, kept on disk under the hash of what they were made from."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mtkd.files import making, writing

FORMAT = "mtkd-cache-1"
"""Part of every key; another number makes everything again."""


def cached(
    parts: Iterable[str | bytes], make: Callable[[], Mapping[str, Tensor]]
) -> dict[str, Tensor]:
    """What `make` returns, from the cache if it was made before from the same parts.

    A file that is cut off or altered is made again, never half-read. A cache that cannot be
    written costs a warning, not the work.

    Args:
        parts: All that decides the result: contents, options, version of the code. Two lists
            of parts share a key only if they are equal part by part.
        make: Called without the cache; gives tensors on the CPU by name, none of which shares
            its memory.

    Returns:
        The tensors, contiguous, names sorted: the same whether made or read. They lie in the
        file, whose pages the system takes back where memory is short.
    """
    path = cache_folder() / f"{key_of(parts)}.safetensors"
    found = _read(path)
    if found is not None:
        return found
    made = {name: tensor.contiguous() for name, tensor in sorted(make().items())}
    try:
        _write(path, made)
        return _mapped(path)[0]
    except (OSError, SafetensorError) as error:
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


def key_of(parts: Iterable[str | bytes]) -> str:
    """40 hex digits of SHA-256 over the parts, each with its kind and length before it."""
    whole = hashlib.sha256(FORMAT.encode())
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        whole.update(f"\n{type(part).__name__} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:40]


def _write(path: Path, made: dict[str, Tensor]) -> None:
    with making(path) as temporary, writing(path):
        temporary.touch()
        mode = temporary.stat().st_mode
        save_file(made, temporary, {"digest": _digest(made)})
        temporary.chmod(mode)  # safetensors lets nobody but the owner read what it writes


def _read(path: Path) -> dict[str, Tensor] | None:
    """The tensors of a file, or None if it is missing or not what was written."""
    try:
        found, written = _mapped(path)
    except (OSError, SafetensorError, KeyError, TypeError):
        return None
    return found if _digest(found) == written else None


def _mapped(path: Path) -> tuple[dict[str, Tensor], str]:
    """The tensors of a file, read where they are used, and the digest they were written with."""
    with safe_open(path, "pt") as file:
        found = {name: file.get_tensor(name) for name in sorted(file.keys())}
        return found, (file.metadata() or {})["digest"]


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, names in the order given."""
    whole = hashlib.sha256()
    for name, tensor in tensors.items():
        whole.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        whole.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return whole.hexdigest()
