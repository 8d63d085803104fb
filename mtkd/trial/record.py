"""What every run shares: its data, built once, and the manifest that says what it stood on."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from mtkd.config import instantiate
from mtkd.data import DataSet
from mtkd.files import FORMAT, write_json

WEIGHTS, SIGNALS = "model.safetensors", "signals.safetensors"
VERSIONS = ("torch", "pytorch-lightning", "transformers", "numpy", "scikit-learn", "scipy", "mtkd")


def data_of(config: Mapping[str, Any]) -> DataSet:
    """The data of a config, built once in a worker process."""
    return _data(json.dumps(config["data"]))


@lru_cache(maxsize=2)
def _data(node: str) -> DataSet:
    data: DataSet = instantiate(json.loads(node), "data")
    return data


def write_manifest(
    home: Path, data: DataSet, teachers: Mapping[str, Any], seeds: Mapping[str, int]
) -> None:
    """`manifest.json`: versions, hashes of data and teachers, seeds."""
    write_json(
        home / "manifest.json",
        {
            "format": FORMAT,
            "python": platform.python_version(),
            "versions": {name: version(name) for name in VERSIONS},
            "data": {
                name: {
                    "items": len(split),
                    "sha256": hashlib.sha256(
                        split.ids.numpy().tobytes() + split.labels.numpy().tobytes()
                    ).hexdigest(),
                }
                for name, split in data.splits.items()
            },
            "teachers": teachers,
            "seeds": seeds,
            "threads": torch.get_num_threads(),
        },
    )
