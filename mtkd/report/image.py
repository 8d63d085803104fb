"""A reliability diagram as PNG bytes, for places that take images (W&B)."""

import io
from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mtkd.metrics import Bins, ece, equal_width_bins
from mtkd.predictions import Predictions
from mtkd.report.canvas import OKABE_ITO
from mtkd.results import answers_alone
from mtkd.token_predictions import TokenPredictions

BINS = 15


def reliability_png(predictions: Predictions | TokenPredictions, title: str) -> bytes:
    """Accuracy against confidence in 15 bins, as a PNG of 360 x 390 pixels.

    Items without a valid label are left out; n, which is drawn, counts the others.
    """
    model = answers_alone(predictions)
    sure, right = model.confidence, model.correct
    error = ece(sure, right)
    return _canvas().png(
        equal_width_bins(sure, right, BINS), f"{title}\nn = {error.n}, ECE {error.value:.3f}"
    )


@lru_cache(maxsize=1)
def _canvas() -> "_Diagram":
    return _Diagram()


class _Diagram:
    """One figure for all calls: making one costs more than drawing it."""

    def __init__(self) -> None:
        self.canvas = FigureCanvasAgg(Figure(figsize=(3.6, 3.9), dpi=100))
        axes = self.canvas.figure.add_axes((0.13, 0.11, 0.84, 0.76))
        self.left = np.linspace(0, 1, BINS + 1)[:-1]
        self.bars = axes.bar(self.left, 0.0, 1 / BINS, align="edge", alpha=0.7)
        self.lines = axes.hlines(self.left, 0, 0, color="black", linewidth=1.5)
        axes.plot((0, 1), (0, 1), "--", color="0.5", linewidth=1)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        axes.set_xlabel("confidence", fontsize=8, labelpad=1)
        axes.set_ylabel("accuracy", fontsize=8, labelpad=1)
        axes.tick_params(labelsize=7)
        self.title = axes.set_title("", fontsize=8)

    def png(self, bins: Bins, title: str) -> bytes:
        """Bars from accuracy to mean confidence, vermillion where the model is too sure."""
        for bar, right, gap in zip(self.bars, bins.accuracy, bins.gap, strict=True):
            bar.set(y=0 if np.isnan(right) else right, height=gap)
            bar.set_facecolor(OKABE_ITO[1] if gap > 0 else OKABE_ITO[5])
        there = bins.count > 0
        pairs = zip(self.left[there], bins.accuracy[there], strict=True)
        self.lines.set_segments([((x, y), (x + 1 / BINS, y)) for x, y in pairs])
        self.title.set_text(title)
        self.canvas.draw()
        buffer = io.BytesIO()
        picture = Image.fromarray(np.asarray(self.canvas.buffer_rgba()))
        picture.save(buffer, format="png", compress_level=1)
        return buffer.getvalue()
