"""What every run shares: its data, built once, and the manifest that says what it stood on."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet, Examples
from mtkd.data.fingerprint import fingerprint
from mtkd.evaluation import domain_examples
from mtkd.files import FORMAT, write_json
from mtkd.onpolicy import OnPolicy
from mtkd.starts import ENTRY

WEIGHTS = "model.safetensors"
VERSIONS = ("torch", "pytorch-lightning", "transformers", "numpy", "scikit-learn", "scipy", "mtkd")


def data_of(config: Mapping[str, Any]) -> DataSet:
    """The data of a config, built once in a worker process."""
    return _data(json.dumps(config["data"]))


@lru_cache(maxsize=2)
def _data(node: str) -> DataSet:
    data: DataSet = instantiate(json.loads(node), "data")
    return data


def prompts_of(data: Any, settings: OnPolicy | None) -> Examples | None:
    """The data's own prompts, where a student writes and is not given beginnings of rows.

    Raises:
        ConfigError: The data has none, or one that is no prompt.
    """
    if settings is None or settings.prompt_tokens is not None:
        return None
    try:
        prompts: Examples = data.prompts
    except AttributeError:
        raise ConfigError(
            f"config.on_policy: {type(data).__name__} has no prompts of its own; set "
            "on_policy.prompt_tokens to take the beginning of each row"
        ) from None
    except ValueError as error:
        raise ConfigError(
            f"{error}, or set on_policy.prompt_tokens to take the beginning of each row"
        ) from None
    return prompts


def route_numbers(data: Any, names: Sequence[str], at: str) -> list[int]:
    """Numbers of a teacher's routes in the data.

    Raises:
        ConfigError: The data has no routes, or not this one.
    """
    try:
        known = [str(name) for name in data.routes]
    except AttributeError:
        known = []
    for name in names:
        if name not in known:
            raise ConfigError(
                f"{at}.route names {name!r}, config.data has routes: {', '.join(known) or 'none'}"
            )
    return [known.index(name) for name in names]


def sizes_of(model: nn.Module) -> dict[str, int]:
    """How many numbers a network consists of, and how many of them are trained."""
    sizes = [(weight.numel(), weight.requires_grad) for weight in model.parameters()]
    return {
        "parameters": sum(size for size, _ in sizes),
        "trained_parameters": sum(size for size, trained in sizes if trained),
    }


def write_manifest(
    home: Path,
    data: DataSet,
    teachers: Mapping[str, Any],
    seeds: Mapping[str, int],
    start: Mapping[str, str],
) -> None:
    """`manifest.json`: versions, hashes of data, teachers and weights started from, seeds.

    `data` has every split, `domains` every evaluation domain that `home` has predictions of; when
    a study goes on, they are compared with the data as they are then (`mtkd.study.unchanged`).
    """
    domains = sorted(path.stem for path in (home / "predictions").glob("*.npz"))
    write_json(
        home / "manifest.json",
        {
            "format": FORMAT,
            "python": platform.python_version(),
            "versions": {name: version(name) for name in VERSIONS},
            "data": {name: fingerprint(split) for name, split in data.splits.items()},
            "domains": {name: fingerprint(domain_examples(data, name)) for name in domains},
            "teachers": teachers,
            ENTRY: start,
            "seeds": seeds,
            "threads": torch.get_num_threads(),
        },
    )
