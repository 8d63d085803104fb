"""Log-probabilities that were kept, the rest of the mass spread evenly over the other classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LogProbs = NDArray[np.float32]

FLOOR = -1e4
"""Stands for log 0."""


def each_other(log_probs: LogProbs, others: int) -> NDArray[np.float64]:
    """`[n]`: log-probability of each of `others` classes that are not kept, shared evenly."""
    rest = 1 - np.exp(log_probs.astype(np.float64)).sum(axis=1)
    return np.log(np.maximum(rest, 1e-30) / max(others, 1))


def scaled(
    log_probs: LogProbs, label_log_probs: LogProbs, others: int, temperature: float
) -> tuple[LogProbs, LogProbs]:
    """Both, `[n, kept]` and `[n]`, of softmax(log p / temperature)."""
    kept = log_probs.astype(np.float64) / temperature
    label = label_log_probs.astype(np.float64) / temperature
    each = each_other(log_probs, others) / temperature
    total = np.exp(kept).sum(axis=1)
    if others:
        total = total + others * np.exp(each)
    shift = np.log(total)
    return (
        np.maximum(kept - shift[:, None], FLOOR).astype(np.float32),
        np.maximum(label - shift, FLOOR).astype(np.float32),
    )


def reduced(
    classes: NDArray[np.int32],
    log_probs: LogProbs,
    label_log_probs: LogProbs,
    others: int,
    candidates: NDArray[np.int64],
) -> NDArray[np.float64]:
    """`[n, m + 2]` probabilities, as `TokenPredictions.reduced` describes them."""
    probs = np.exp(log_probs.astype(np.float64))
    even = np.where(others > 0, np.exp(each_other(log_probs, others)), 0.0)
    columns = np.empty((len(classes), candidates.shape[1] + 2))
    for place in range(candidates.shape[1]):
        hit = classes == candidates[:, place : place + 1]
        columns[:, place] = np.where(hit.any(axis=1), (probs * hit).sum(axis=1), even)
    columns[:, 0] = np.exp(label_log_probs.astype(np.float64))
    columns[:, :-2][candidates < 0] = 0.0
    outside = (classes[:, :1] != candidates).all(axis=1)
    columns[:, -2] = np.where(outside, probs[:, 0], 0.0)
    columns[:, -1] = np.maximum(1 - columns[:, :-1].sum(axis=1), 0.0)
    return columns / columns.sum(axis=1, keepdims=True)
