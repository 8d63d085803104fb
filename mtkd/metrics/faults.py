"""Sentences about tables that are no probabilities."""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.rows import Rows

LOST, NEGATIVE, OFF = "holds NaN or infinity", "has a negative entry", "is off"


def check_table(rows: Rows) -> None:
    """Stop unless the rows are `[n, classes]` with at least 2 classes."""
    if len(rows.shape) != 2 or rows.shape[1] < 2:
        raise ValueError(
            f"{rows.name} must be [n, classes] with at least 2 classes, got {tuple(rows.shape)}"
        )


def explain(rows: Rows, allowed: float, size: int) -> str:
    """About the first row that is not finite, else negative, else off its sum by more than allowed.

    Args:
        size: Rows looked at at a time.
    """
    first: dict[str, tuple[int, float]] = {}
    for start in range(0, len(rows), size):
        probs = rows.block(start, min(start + size, len(rows))).astype(np.float64)
        sums = probs.sum(axis=1)
        lost, off = ~np.isfinite(probs).all(axis=1), ~(np.abs(sums - 1) <= allowed)
        for fault, broken in ((LOST, lost), (NEGATIVE, (probs < 0).any(axis=1)), (OFF, off)):
            row = first_true(broken)
            if row is not None:
                first.setdefault(fault, (start + row, float(sums[row])))
    fault = next(fault for fault in (LOST, NEGATIVE, OFF) if fault in first)
    row, total = first[fault]
    if fault == LOST:
        return (
            f"{rows.name} row {row} {fault}, expected finite probabilities; find the model that "
            "produced it, metrics do not drop rows"
        )
    return (
        f"{rows.name} row {row} {fault} (sum {total:.9g}), expected non-negative entries that sum "
        f"to 1 within {allowed:g}; for logits use from_logits, for log-probabilities from_log_probs"
    )


def first_true(broken: ArrayLike) -> int | None:
    """The first true entry, None without one."""
    rows = np.flatnonzero(broken)
    return int(rows[0]) if len(rows) else None
