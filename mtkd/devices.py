"""Where models are asked: a batch goes to the model, and a study asks where its trainer trains."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.gpus import takes_gpus
from mtkd.language.placement import known_device

CPU = torch.device("cpu")


def device_of(model: nn.Module) -> torch.device:
    """Where the first weight of `model` is; the CPU if it has none."""
    first = next(chain(model.parameters(), model.buffers()), None)
    return CPU if first is None else first.device


def beside(model: nn.Module, batch: Mapping[str, Any]) -> dict[str, Any]:
    """The batch where `model` is; what is no tensor stays as it is."""
    place = device_of(model)
    return {
        name: values.to(place) if isinstance(values, Tensor) else values
        for name, values in batch.items()
    }


def trainer_device(trainer: Mapping[str, Any]) -> torch.device:
    """Where Lightning trains: this process's GPU, if its trainer takes GPUs and there are any.

    Args:
        trainer: A study's `trainer` node; of several devices each process (`LOCAL_RANK`) has one.
    """
    if not (takes_gpus(trainer) and torch.cuda.is_available()):
        return CPU
    devices, rank = trainer.get("devices", 1), int(os.environ.get("LOCAL_RANK", "0"))
    return torch.device("cuda", devices[rank] if isinstance(devices, list) else rank)


def place_of(
    model: nn.Module, trainer: Mapping[str, Any], device: str | None = None
) -> torch.device:
    """Where a study asks a model: on `device`, on the GPU where it is, or where `trainer` trains.

    Args:
        model: Built, and perhaps placed by its own arguments.
        trainer: See `trainer_device`.
        device: What its node says.

    Raises:
        ValueError: See `known_device`.
    """
    if device is not None:
        return known_device(device)
    here = device_of(model)
    return trainer_device(trainer) if here == CPU else here
