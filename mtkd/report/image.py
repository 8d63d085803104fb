"""A reliability diagram as PNG bytes, for places that take images (W&B)."""

import io
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtkd.metrics import Bins, ece, equal_width_bins, from_log_probs
from mtkd.predictions import Predictions
from mtkd.report.canvas import OKABE_ITO

BINS = 15


def reliability_png(predictions: Predictions, title: str) -> bytes:
    """Accuracy against confidence in 15 bins, as a PNG of 360 x 390 pixels.

    Items without a valid label are left out; their number is not in the n that is drawn.
    """
    known = predictions.labels >= 0
    probs = from_log_probs(predictions.log_probs[known])
    sure, right = probs.max(axis=1), probs.argmax(axis=1) == predictions.labels[known]
    error = ece(sure, right)
    drawn, axes = _canvas()
    axes.clear()
    _draw(axes, equal_width_bins(sure, right, BINS))
    axes.set_title(f"{title}\nn = {error.n}, ECE {error.value:.3f}", fontsize=8)
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _canvas() -> tuple[Figure, Axes]:
    """One figure for all calls: making one costs more than drawing it."""
    drawn = Figure(figsize=(3.6, 3.9), dpi=100)
    return drawn, drawn.add_axes((0.13, 0.11, 0.84, 0.76))


def _draw(axes: Axes, bins: Bins) -> None:
    there = bins.count > 0
    left = np.linspace(0, 1, BINS + 1)[:-1][there]
    right, sure = bins.accuracy[there], bins.confidence[there]
    colours = np.where(sure > right, OKABE_ITO[1], OKABE_ITO[5])
    axes.bar(left, sure - right, 1 / BINS, bottom=right, align="edge", color=colours, alpha=0.7)
    axes.hlines(right, left, left + 1 / BINS, color="black", linewidth=1.5)
    axes.plot((0, 1), (0, 1), "--", color="0.5", linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.set_xlabel("confidence", fontsize=8, labelpad=1)
    axes.set_ylabel("accuracy", fontsize=8, labelpad=1)
    axes.tick_params(labelsize=7)
