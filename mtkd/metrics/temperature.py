"""One number that rescales a model's sharpness, fitted on validation data and applied elsewhere."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from mtkd.metrics.base import Floats, Metric
from mtkd.metrics.blocks import parts, walk
from mtkd.metrics.checks import class_labels
from mtkd.metrics.inheritance import Inheritance, Pair
from mtkd.metrics.predictions import Predictions, from_logits
from mtkd.metrics.rows import LogRows, Rows, as_rows

IMPOSSIBLE = -1e4
"""Stands for log 0, so that dividing by a temperature stays finite."""


def fit_temperature(
    log_probs: ArrayLike | Rows, labels: ArrayLike, lowest: float = 0.01, highest: float = 100.0
) -> Metric:
    """The T > 0 that minimises the NLL of softmax(log_probs / T); above 1 softens.

    The NLL is convex in 1/T, so its minimum is where its slope is 0, found to rounding. It may
    lie at an end of [lowest, highest], for instance when every answer is right. Guo et al. 2017,
    section 4.2, https://arxiv.org/abs/1706.04599.

    Args:
        log_probs: `[n, classes]`, log-probabilities of held-out items, never the evaluated ones.
        labels: `[n]` integers.

    Raises:
        ValueError: No items: 1 would be a silent guess. Or rows that are no log-probabilities.
    """
    logs = as_rows(log_probs)
    _check(logs)
    truth = class_labels(labels, *logs.shape)
    n = len(truth)
    if not n:
        raise ValueError("a temperature needs validation items, got none")
    chosen: Floats = np.empty(n)
    for part, scores in _scores(logs):
        chosen[part] = scores[np.arange(len(scores)), truth[part]]
    wanted, expected = chosen.mean(), chosen

    def slope(sharpness: float) -> float:
        for part, scores in _scores(logs):
            weight = sharpness * scores
            np.exp(weight, out=weight)
            expected[part] = np.einsum("ij,ij->i", weight, scores) / weight.sum(axis=1)
        return float(expected.mean() - wanted)

    convention = f"minimises NLL, within [{lowest:g}, {highest:g}]"
    return Metric(1 / _root(slope, 1 / highest, 1 / lowest), n, convention)


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where an increasing function crosses 0 in [low, high]; the nearer end if it does not."""
    at_low, at_high = slope(low), slope(high)
    if at_low == at_high == 0:
        return 1.0
    if at_low >= 0:
        return low
    return high if at_high <= 0 else float(brentq(slope, low, high, xtol=1e-14, rtol=1e-14))


def apply_temperature(log_probs: ArrayLike, temperature: float) -> Floats:
    """softmax(log_probs / temperature), `[n, classes]` probabilities in float64.

    Keeps every top label; with more than two classes it may change which items are most confident.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    logs = as_rows(log_probs)
    _check(logs)
    return from_logits(_finite(logs, slice(0, len(logs))) / temperature)


class TemperedRows(Rows):
    """`apply_temperature` of a block of rows at a time, for `Predictions` over large tables."""

    def __init__(self, log_probs: ArrayLike | Rows, temperature: float) -> None:
        self.logs, self.temperature = as_rows(log_probs), temperature
        self.shape, self.dtype = self.logs.shape, np.dtype(np.float64)

    def block(self, start: int, stop: int) -> Floats:
        """In float64."""
        return apply_temperature(self.logs.block(start, stop), self.temperature)


def _check(logs: Rows) -> None:
    for _ in walk(LogRows(logs)):
        pass  # each block is checked as it comes


def _scores(logs: Rows) -> Iterator[tuple[slice, Floats]]:
    """Blocks of log-probabilities less the largest of their row.

    Made again in every walk: all of them would be twice a file of float32.
    """
    for part in parts(logs):
        scores = _finite(logs, part)
        scores -= scores.max(axis=1, keepdims=True)
        yield part, scores


def _finite(logs: Rows, part: slice) -> Floats:
    """Some rows with log 0 replaced by `IMPOSSIBLE`."""
    return np.maximum(logs.block(part.start, part.stop).astype(np.float64), IMPOSSIBLE)


def sharpened(model: Predictions, temperature: float) -> Predictions:
    """`model` with its probabilities rescaled by a temperature."""
    return Predictions(TemperedRows(model.log_rows, temperature), model.labels)


def sharpness_matched(
    cell: Inheritance, student_temperature: float, control_temperature: float
) -> Inheritance:
    """The same comparison with student and control each calibrated, and the raw teacher.

    W and CW stay those of the teacher as it taught. What remains is *which* wrong label was
    inherited; what vanishes was only sharpness, which one scalar removes.
    """

    def matched(pair: Pair, temperature: float) -> Pair:
        model = sharpened(pair.model, temperature)
        return Pair(pair.teacher, model, pair.tau, pair.model_tau)

    return Inheritance(
        matched(cell.student, student_temperature), matched(cell.compared(), control_temperature)
    )
