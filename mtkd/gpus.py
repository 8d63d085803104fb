"""How many GPUs a training needs, and how those that are there are dealt out to workers.

Only what counts GPUs imports torch, and only where one is asked for.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Environment variable that says which GPUs a process sees."""

TAKING = ("gpu", "cuda", "auto")
"""Accelerators of a trainer that train on GPUs, `auto` where there are any."""

NAMED = re.compile(r"cuda(?::(\d+))?")


def takes_gpus(trainer: Mapping[str, Any]) -> bool:
    """Whether a trainer trains on GPUs where there are any."""
    return trainer.get("accelerator", "cpu") in TAKING


def gpus_needed(config: Mapping[str, Any]) -> int:
    """GPUs that a process of this trial or teacher must see; 0 if it asks for none.

    A trainer needs as many as its `devices`, a model on `cuda:1` two. One that lists its devices
    by number means these and no others, so it must see all there are.
    """
    return max(_needs(config), default=0)


def gpus_here() -> list[str]:
    """The GPUs that this process sees, as `CUDA_VISIBLE_DEVICES` names them."""
    import torch

    count = torch.cuda.device_count()
    given = os.environ.get(VISIBLE)
    names = [str(number) for number in range(count)] if given is None else given.split(",")
    return [name.strip() for name in names[:count]]


def gpu_groups(configs: Iterable[Mapping[str, Any]]) -> list[str]:
    """What each worker sees that has GPUs of its own, as a value of `CUDA_VISIBLE_DEVICES`.

    Args:
        configs: Of all trials and teachers; any worker may get any of them.

    Returns:
        One value for each worker; none if no GPU is asked for or there is none. The only one
        holds fewer GPUs than are needed if there are no more.
    """
    needed = max(map(gpus_needed, configs), default=0)
    here = gpus_here() if needed else []
    if not here:
        return []
    starts = range(0, max(len(here) - needed, 0) + 1, needed)
    return [",".join(here[start : start + needed]) for start in starts]


def _needs(value: Any) -> Iterator[int]:
    """What each part of a config needs."""
    if isinstance(value, str) and (named := NAMED.fullmatch(value)):
        yield int(named[1] or 0) + 1
    elif isinstance(value, Mapping):
        if takes_gpus(value):
            devices = value.get("devices", 1)
            yield sys.maxsize if isinstance(devices, list) else devices
        for inner in value.values():
            yield from _needs(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _needs(inner)
