"""A network's weights as one file: safetensors, whole or not there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from mtkd.files import write_bytes


def distinct_weights(model: nn.Module) -> dict[str, Tensor]:
    """The state of `model` with a tensor that two names share (a tied head) under the first."""
    seen: set[tuple[int, torch.Size]] = set()
    found = {}
    for name, value in sorted(model.state_dict().items()):
        key = (value.data_ptr(), value.shape)
        if value.numel() and key in seen:
            continue
        seen.add(key)
        found[name] = value.detach().contiguous()
    return found


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the weights of `model` in one piece."""
    write_bytes(path, save(distinct_weights(model)))


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the weights of a file into `model`, which must have the same names and shapes.

    Raises:
        ValueError: The file is missing, damaged or of another network.
    """
    try:
        given = load(path.read_bytes())
        lacking = distinct_weights(model).keys() - given.keys()
        if lacking:
            raise RuntimeError(f"it has no {sorted(lacking)[0]}")
        found = model.load_state_dict(given, strict=False)
        if found.unexpected_keys:
            raise RuntimeError(f"it holds {found.unexpected_keys[0]}")
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ValueError(
            f"{path} cannot be read into {type(model).__name__} ({' '.join(str(error).split())}); "
            "delete its folder and run the same command again"
        ) from None


@contextmanager
def kept_types(model: nn.Module) -> Iterator[None]:
    """What is trained inside comes out in the types it went in with, as a file of it is read back.

    Lightning's `16-true` and `bf16-true` round buffers that no file holds, such as the frequencies
    of rotary positions: those come out with the numbers they went in with.
    """
    before = {name: value.dtype for name, value in _whole(model)}
    stored = model.state_dict().keys()
    unsaved = {name: value.clone() for name, value in model.named_buffers() if name not in stored}
    yield
    for name, value in _whole(model):
        if name in before and value.dtype != before[name]:
            value.data = value.data.to(before[name])
    for name, value in model.named_buffers():
        if name in unsaved:
            value.data = unsaved[name].to(value.device)


def _whole(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def content_hash(model: nn.Module) -> str:
    """16 hexadecimal digits of SHA-256 over names, types, shapes and values of all weights."""
    whole = hashlib.sha256()
    for name, value in distinct_weights(model).items():
        whole.update(f"{name} {value.dtype} {list(value.shape)}".encode())
        whole.update(value.cpu().flatten().view(torch.uint8).numpy().tobytes())
    return whole.hexdigest()[:16]
