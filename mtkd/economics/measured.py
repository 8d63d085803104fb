"""Measured figures beside stated ones: which were found, which are missing, which are used."""

from dataclasses import dataclass, field
from typing import Any

from mtkd.economics.reading import Values


@dataclass(frozen=True)
class Figure:
    """A measured value for a key of economics.yaml; `source` says where and how."""

    key: str
    value: Any
    source: str


@dataclass
class Measured:
    """What a run folder told, and what it did not, with the reason.

    `broken` names the domains on which the exported rule surely breaks its promise.
    """

    folder: str = ""
    found: list[Figure] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def fill(values: Values, measured: Measured) -> tuple[Values, list[str]]:
    """`values` with measured figures where nothing was stated, and a line about each figure.

    What the file states stays: it may speak of another machine than the study's, or of another
    traffic than its test set.
    """
    filled, lines = dict(values), []
    for figure in measured.found:
        against = _against(values, figure.key)
        if not against:
            filled[figure.key] = figure.value
        used = f"not used, {against}" if against else "used"
        lines.append(f"{figure.key} = {_short(figure.value)} ({figure.source}): {used}")
    return filled, lines


def _against(values: Values, key: str) -> str:
    """Why a measured figure is not used, empty if it is."""
    if values[key] is not None:
        return f"the file states {_short(values[key])}"
    if key == "training.gpu_hours":
        if values["training.gpus"] is not None or values["training.weeks"] is not None:
            return "the file states gpus and weeks"
        if values["training.price_per_gpu_hour"] is None:
            return "the file states no training.price_per_gpu_hour"
    return ""


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
