"""Text: positions inside sequences, and one confidence for a whole sequence.

Tokens of a sequence are not independent. Give `per_cluster` contributions to the bootstrap so
that it resamples sequences.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Booleans, Floats, Metric, measure
from mtkd.metrics.checks import top_label

TopLabelMetric = Callable[[ArrayLike, ArrayLike], Metric]


def unpad(
    probs: ArrayLike, labels: ArrayLike, mask: ArrayLike
) -> tuple[list[Floats], list[Booleans]]:
    """Per sequence, the confidence and the correctness of its counted positions.

    Positions outside the mask (padding, prompt, special tokens) are dropped before anything is
    checked, so they may hold any label or value.

    Args:
        probs: `[sequence, length, classes]`, teacher-forced.
        labels: `[sequence, length]`, the reference tokens.
        mask: `[sequence, length]` booleans, true where the position counts.
    """
    given, truth, counts = np.asarray(probs), np.asarray(labels), np.asarray(mask)
    if given.ndim != 3 or truth.shape != given.shape[:2] or counts.shape != given.shape[:2]:
        raise ValueError(
            "expected probs [sequence, length, classes] with labels and mask [sequence, length], "
            f"got {given.shape}, {truth.shape} and {counts.shape}"
        )
    if counts.dtype != np.bool_:
        raise ValueError(f"mask must be booleans, got {counts.dtype}")
    pairs = [top_label(given[row][keep], truth[row][keep]) for row, keep in enumerate(counts)]
    return [confidence for confidence, _ in pairs], [correct for _, correct in pairs]


def micro(
    metric: TopLabelMetric, confidences: Sequence[ArrayLike], correct: Sequence[ArrayLike]
) -> Metric:
    """`metric` over all tokens together: every token counts the same.

    Args:
        metric: Any metric of confidences and correctness, such as `mtkd.metrics.ece`.
        confidences: Per sequence, `[tokens]`.
        correct: Per sequence, `[tokens]` booleans.
    """
    pairs = _pairs(confidences, correct)
    pooled = metric(
        np.concatenate([np.empty(0), *(pair[0] for pair in pairs)]),
        np.concatenate([np.empty(0, np.bool_), *(pair[1] for pair in pairs)]),
    )
    return Metric(pooled.value, pooled.n, f"{pooled.convention}; over all tokens (micro)")


def macro(
    metric: TopLabelMetric, confidences: Sequence[ArrayLike], correct: Sequence[ArrayLike]
) -> Metric:
    """Mean of `metric` over sequences: every sequence counts the same, n counts them.

    Sequences where it is undefined (empty ones, for instance) are left out and not in n.
    """
    each = [metric(*pair) for pair in _pairs(confidences, correct)]
    defined = [result.value for result in each if not np.isnan(result.value)]
    text = each[0].convention if each else "no sequences"
    convention = f"{text}; mean over sequences (macro), {len(each) - len(defined)} undefined"
    return measure(len(defined), convention, lambda: np.mean(defined))


def _pairs(
    confidences: Sequence[ArrayLike], correct: Sequence[ArrayLike]
) -> list[tuple[Floats, Booleans]]:
    if len(confidences) != len(correct):
        raise ValueError(
            f"got confidences of {len(confidences)} sequences, correctness of {len(correct)}"
        )
    return [top_label(*pair) for pair in zip(confidences, correct, strict=True)]


AGGREGATIONS: dict[str, Callable[[Floats], float]] = {
    "log_sum": lambda logs: float(logs.sum()),
    "log_mean": lambda logs: float(logs.mean()),
    "product": lambda logs: float(np.exp(logs.sum())),
    "geometric_mean": lambda logs: float(np.exp(logs.mean())),
    "minimum": lambda logs: float(np.exp(logs.min())),
}
"""Chow-sum, Chow-average and their probabilities, and the least likely token."""


def sequence_confidence(
    token_log_probs: Sequence[ArrayLike], how: str = "geometric_mean"
) -> Floats:
    """`[sequence]`: one score per generated sequence; NaN where it is empty.

    A sum favours short answers, a mean long ones; the least likely token (`minimum`) often tells
    more. Gupta et al. 2024, https://arxiv.org/abs/2404.10136.

    Args:
        token_log_probs: Per sequence, `[tokens]`, natural logarithms, at most 0.
        how: A key of `AGGREGATIONS`.
    """
    if how not in AGGREGATIONS:
        raise ValueError(f"how must be one of {', '.join(AGGREGATIONS)}, got {how!r}")
    return _per_sequence(token_log_probs, AGGREGATIONS[how])


def sequence_log_quantile(token_log_probs: Sequence[ArrayLike], quantile: float) -> Floats:
    """`[sequence]`: Chow-quantile, a quantile in [0, 1] of the token log-probabilities; 0 is their
    minimum; NaN where the sequence is empty."""
    if not 0 <= quantile <= 1:
        raise ValueError(f"quantile must lie in [0, 1], got {quantile}")
    return _per_sequence(token_log_probs, lambda logs: float(np.quantile(logs, quantile)))


def _per_sequence(sequences: Sequence[ArrayLike], value: Callable[[Floats], float]) -> Floats:
    scores = np.full(len(sequences), np.nan)
    for row, sequence in enumerate(sequences):
        logs = np.asarray(sequence, dtype=np.float64)
        if logs.ndim != 1 or not (logs <= 1e-6).all():
            raise ValueError(
                f"sequence {row}: expected log-probabilities [tokens] of at most 0, got "
                f"shape {logs.shape}, largest {logs.max(initial=-np.inf):g}"
            )
        if len(logs):
            scores[row] = value(np.minimum(logs, 0))
    return scores


def drop_empty(confidence: ArrayLike, correct: ArrayLike) -> tuple[Floats, Booleans, int]:
    """Scores and correctness without the empty (NaN) sequences, and how many those were."""
    scores, truth = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.bool_)
    kept = ~np.isnan(scores)
    return scores[kept], truth[kept], int((~kept).sum())
