"""The files of a run folder that hold figures for economics; absent ones are empty."""

import csv
import math
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError
from mtkd.fallback import Rule
from mtkd.files import UnreadableFile, read_json

FALLBACK_FILE = "fallback.json"
LATENCY_FILE = "latency.json"
RESULTS_FILE = "results.csv"


def optional_json(path: Path) -> dict[str, Any]:
    """The mapping in a JSON file; empty where there is no file.

    Raises:
        ConfigError: The file is damaged or holds something else.
    """
    if not path.is_file():
        return {}
    try:
        content = read_json(path)
    except UnreadableFile as error:
        raise ConfigError(f"--from: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"--from: {path} must hold keys and values, got {content!r}")
    return content


def result_of(folder: Path) -> dict[str, Any]:
    """`parameters` and `seconds` of a trial or teacher, as far as its result.json has them.

    Raises:
        ConfigError: The file is damaged, or a figure is no positive number.
    """
    path = folder / "result.json"
    content = optional_json(path)
    names = ("parameters", "seconds")
    figures: dict[str, Any] = {key: content[key] for key in names if key in content}
    for key, value in figures.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not 0 < value < math.inf
        ):
            raise ConfigError(f"--from: {path}: {key} must be a positive number, got {value!r}")
    return figures


def rule_of(path: Path) -> Rule | None:
    """The fallback rule in a file; None where there is no file.

    Raises:
        ConfigError: The file is damaged or no rule.
    """
    if not path.is_file():
        return None
    try:
        return Rule.load(path)
    except ValueError as error:
        raise ConfigError(f"--from: {error}") from None


def accuracies(folder: Path) -> dict[str, float]:
    """Accuracy on the clean domain by model, the last line of each; empty without results.csv.

    Raises:
        ConfigError: An accuracy is no number.
    """
    path = folder / RESULTS_FILE
    if not path.is_file():
        return {}
    found: dict[str, float] = {}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row.get("domain") == "clean" and row.get("metric") == "accuracy":
                found[row.get("model", "")] = _number(row.get("value"), path)
    return {model: value for model, value in found.items() if not math.isnan(value)}


def _number(text: str | None, path: Path) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        raise ConfigError(f"--from: {path}: an accuracy is {text!r}, expected a number") from None
