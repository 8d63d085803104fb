"""Types and devices by their names."""

from __future__ import annotations

import os

import torch

from mtkd.language.origin import first_sentence

DTYPES = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


def known_dtype(name: str | None) -> torch.dtype | None:
    """The torch type called `name`.

    Raises:
        ValueError: It is none of `DTYPES`.
    """
    if name is None:
        return None
    if name not in DTYPES:
        raise ValueError(f"unknown dtype {name!r}; it must be one of {', '.join(DTYPES)}")
    return DTYPES[name]


def known_device(name: str | None) -> torch.device:
    """The torch device called `name`; `cuda` alone is this process's GPU.

    Of several processes that train together (`LOCAL_RANK` is set) each has its own.

    Raises:
        ValueError: torch knows no such device, or this machine has none.
    """
    try:
        device = torch.device(name or "cpu")
    except RuntimeError as error:
        raise ValueError(f"unknown device {name!r}: {first_sentence(error)}") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device {name!r} asks for a GPU, but torch finds none; use 'cpu'")
    return _own_gpu() if device == torch.device("cuda") else device


def _own_gpu() -> torch.device:
    """The GPU with this process's number; where it sees no such GPU, torch's current one."""
    rank = os.environ.get("LOCAL_RANK", "")
    own = rank.isdecimal() and int(rank) < torch.cuda.device_count()
    return torch.device("cuda", int(rank)) if own else torch.device("cuda")
