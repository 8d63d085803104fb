"""Teacher, student, dataset and rubric by their content: equal versions are equal things."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError, load
from mtkd.files import read_mapping
from mtkd.scorecard.cast import Cast
from mtkd.scorecard.items import Items, digest_of

WEIGHTS = "model.safetensors"
PARTS = ("teacher", "student", "dataset", "rubric")
"""What an entry is known by. Training data is noted beside them: a version may change it."""


def hashes(cast: Cast, clean: Items, held_out: Items, rubric: Mapping[str, Any]) -> dict[str, str]:
    """16 hexadecimal digits of each of `PARTS`, and of the training data if it is known."""
    found = {
        "teacher": teacher_digest(cast.teacher.folder, clean),
        "student": student_digest(cast.student.folder, clean),
        "dataset": digest_of(clean.ids, clean.labels, held_out.ids, held_out.labels),
        "rubric": _digest(rubric),
    }
    trained = manifest(cast.student.folder).get("train", {}).get("sha256")
    return found | ({"training data": str(trained)[:16]} if trained else {})


def teacher_digest(folder: Path, clean: Items) -> str:
    """Its identity, which is a hash of its weights; else of what it said on clean items.

    A temperature that divides its logits makes it another teacher.
    """
    identity, scale = result_of(folder).get("identity"), temperature(folder)
    if not isinstance(identity, str):
        return digest_of(clean.ids, clean.stored["teacher"].log_probs)
    return identity if scale == 1 else f"{identity}/T={scale:g}"


def student_digest(folder: Path, clean: Items) -> str:
    """Of its file of weights; of what it said on clean items where there is none."""
    weights = folder / WEIGHTS
    if not weights.is_file():
        return digest_of(clean.ids, clean.stored["student"].log_probs)
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:16]


def temperature(folder: Path) -> float:
    """What a teacher's logits are divided by; 1 where its config names none."""
    config = config_of(folder)
    node = config.get("teachers", {}).get(config.get("name"), {})
    return float(node.get("temperature", 1.0))


def config_of(folder: Path) -> dict[str, Any]:
    """`config.yaml` of a trial or teacher; empty if it cannot be read or is no such config."""
    try:
        config = load(folder / "config.yaml")
    except ConfigError:
        return {}
    return config if isinstance(config.get("teachers", {}), dict) else {}


def result_of(folder: Path) -> dict[str, Any]:
    """`result.json` of a trial or teacher; empty if it cannot be read."""
    return read_mapping(folder / "result.json")


def manifest(folder: Path) -> dict[str, Any]:
    """The splits in `manifest.json`: items and sha256 of each; empty if it cannot be read."""
    data = read_mapping(folder / "manifest.json").get("data", {})
    return data if isinstance(data, dict) else {}


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
