"""Teacher weights over training, read from the trials' `history.json`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtkd.files import UnreadableFile, read_json
from mtkd.results import Results

POINTS = 60
"""Steps a curve is drawn at; more would not be seen."""


@dataclass(frozen=True)
class Weights:
    """Weights of one weighting's teachers over training.

    Attributes:
        order: All teachers of the study, so that each keeps its colour everywhere.
        steps: `[point]`.
        series: Per teacher: mean, lowest and highest over the trials, each `[point]`.
        trials: How many trials went into it.
    """

    weighting: str
    committee: str
    order: tuple[str, ...]
    steps: NDArray
    series: dict[str, tuple[NDArray, NDArray, NDArray]]
    trials: int


def teacher_weights(results: Results) -> list[Weights]:
    """One entry for each weighting and committee of several teachers, in the order of the grid."""
    found: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = {}
    for group in results.groups:
        if group.role != "cell" or len(group.committee) < 2:
            continue
        key = group.cell.get("weighting", "weighting"), group.committee
        for trial in group.trials:
            try:
                found.setdefault(key, []).append(read_json(trial.folder / "history.json"))
            except UnreadableFile:
                continue  # a curve over fewer trials; their number is printed
    order = tuple(teacher.name for teacher in results.study.teaching)
    made = [_weights(*key, order, histories) for key, histories in found.items()]
    return [weights for weights in made if weights is not None]


def _weights(
    weighting: str,
    committee: tuple[str, ...],
    order: tuple[str, ...],
    histories: Sequence[dict[str, Any]],
) -> Weights | None:
    curves = {
        name: [curve for history in histories if (curve := _curve(history, name)) is not None]
        for name in committee
    }
    if not all(curves.values()):
        return None
    last = min(steps[-1] for each in curves.values() for steps, _ in each)
    first = max(steps[0] for each in curves.values() for steps, _ in each)
    at = np.linspace(first, last, POINTS)
    series = {}
    for name, each in curves.items():
        values = np.stack([np.interp(at, steps, weight) for steps, weight in each])
        series[name] = values.mean(axis=0), values.min(axis=0), values.max(axis=0)
    trials = len(next(iter(curves.values())))
    return Weights(weighting, "+".join(committee), order, at, series, trials)


def _curve(history: dict[str, Any], name: str) -> tuple[NDArray, NDArray] | None:
    """Steps and weights of one teacher, None of a damaged file; no steps without a value."""
    try:
        recorded = history.get("series", {}).get(f"teacher/{name}/weight") or []
        pairs = [(s, w) for s, w in zip(history["step"], recorded, strict=True) if w is not None]
        steps, weights = (np.asarray(side, dtype=float) for side in zip(*pairs, strict=True))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return steps, weights
