"""Files of weights on this disk that a network starts from, and their content.

Imports no torch: a run compares them before any worker is there.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtkd.files import hash_of, read_mapping
from mtkd.manifests import FILE

ENTRY = "start"
"""Key of a manifest: SHA-256 of each file or folder of weights, by its path in the config."""

WEIGHTS = {".bin", ".ckpt", ".gguf", ".h5", ".npy", ".npz", ".pkl", ".pt", ".pth", ".safetensors"}
"""Endings of files of weights; others beside them, such as a model's README, may change."""


def starts(node: Any) -> dict[str, str]:
    """SHA-256 of the weights that each text of a model's node is the path of, by that text."""
    paths = sorted(set(_texts(node)))
    return {path: content for path in paths if (content := digest(path))}


def recorded_starts(folder: Path) -> dict[str, str]:
    """What `starts` gave when the result in `folder` was made; empty where nobody wrote it down."""
    found = read_mapping(folder / FILE).get(ENTRY)
    return found if isinstance(found, dict) else {}


def digest(path: str) -> str:
    """SHA-256 of a file of weights, or of those in a folder and its config.json; "" of others."""
    if os.path.isdir(path):  # unlike Path.is_dir, of any text
        found = [file for file in sorted(Path(path).iterdir()) if file.is_file()]
        files = [file for file in found if file.suffix in WEIGHTS]
        files += [file for file in found if files and file.name == "config.json"]
    else:
        files = [Path(path)] if Path(path).suffix in WEIGHTS and os.path.isfile(path) else []
    return hash_of(files) if files else ""


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = [value for key, value in node.items() if key != "_target_"]
    if isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node
