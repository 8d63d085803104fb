"""Calibration errors without bins."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dct

from mtkd.metrics.base import Booleans, Floats, Metric, measure
from mtkd.metrics.checks import top_label
from mtkd.metrics.ties import ties

BLOCK = 2**16
"""Items put on the mesh at a time, so that what is computed on the way stays in the cache."""

STEPS = 10
"""Halvings of [0, 1] in the search for the bandwidth: it is found to within 1/1024."""


def ks_ce(predictions: ArrayLike, truth: ArrayLike) -> Metric:
    """max_j |sum_{i <= j} (correct_i - confidence_i)| / n, items sorted by confidence, in [0, 1].

    Looked at after complete groups of equal confidences only, so row order cannot matter.
    Gupta et al. 2021, https://arxiv.org/abs/2006.12800.
    """
    groups = ties(*top_label(predictions, truth))

    def value() -> float:
        drift = np.cumsum(groups.hits - groups.size * groups.value)
        return float(np.abs(drift).max() / groups.n)

    return measure(groups.n, "top label, complete tie groups", value)


def smooth_ece(predictions: ArrayLike, truth: ArrayLike, bandwidth: float | None = None) -> Metric:
    """Mean absolute kernel-smoothed (confidence - correct), in [0, 1].

    The kernel is a Gaussian reflected at 0 and 1. Without a given `bandwidth` it is the one at
    which the error equals its own bandwidth. Błasiok and Nakkiran 2024,
    https://arxiv.org/abs/2309.12236. Mesh, kernel window and search follow their relplot, and
    values agree with it as long as no confidence is within 1/1000 of 0 or 1. There relplot and
    torch-uncertainty lose up to half of an item, because its mirror image falls onto itself; here
    every item counts once, which matters for models that are nearly always sure.

    Args:
        bandwidth: Standard deviation of the kernel, in units of confidence.

    Raises:
        ValueError: `bandwidth` is not positive.
    """
    if bandwidth is not None and bandwidth <= 0:
        raise ValueError(f"bandwidth must be positive, got {bandwidth}; leave it out to search it")
    confidence, correct = top_label(predictions, truth)
    chosen = "error = bandwidth" if bandwidth is None else f"bandwidth {bandwidth:g}"

    def value() -> float:
        curve = Curve(confidence, correct)
        return curve.error(curve.fixed_point() if bandwidth is None else bandwidth)

    return measure(len(confidence), f"reflected Gaussian kernel, {chosen}", value)


class Curve:
    """The smooth error of one model as a function of the bandwidth.

    Confidences are spread linearly over a mesh on [0, 1]. A cosine transform of type 1 continues
    a mesh by reflection at both ends, so smoothing with the reflected kernel is a product there.
    """

    def __init__(self, confidence: Floats, correct: Booleans) -> None:
        self.confidence = confidence
        self.gap = confidence - correct
        self.count = np.ones(len(confidence))
        self.spectra: dict[int, Floats] = {}

    def fixed_point(self) -> float:
        """The smallest bandwidth found by halving at which the error is not above it."""
        low, high = 0.0, 1.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            if self.error(middle) > middle:
                low = middle
            else:
                high = middle
        return high

    def error(self, bandwidth: float) -> float:
        """sum |smoothed gap| / sum smoothed density, over points of [0, 1]."""
        last, window, points = _kernel(bandwidth)
        smoothed = dct(self.spectrum(last) * window, 1) / (2 * last)
        mesh = np.arange(last + 1)
        gap, density = (np.interp(points, mesh, row) for row in smoothed)
        return float(np.abs(gap).sum() / (density + 1e-4).sum())

    def spectrum(self, last: int) -> Floats:
        """`[2, last + 1]`: transforms of the gaps and of the counts on the mesh.

        The two end points are their own mirror images, so they are entered twice.
        """
        if last not in self.spectra:
            mesh = np.zeros((2, last + 1))
            for start in range(0, len(self.gap), BLOCK):
                part = slice(start, start + BLOCK)
                _spread(self.confidence[part], (self.gap[part], self.count[part]), mesh)
            mesh[:, [0, -1]] *= 2
            self.spectra[last] = dct(mesh, 1)
        return self.spectra[last]


def _spread(confidence: Floats, added: tuple[Floats, Floats], mesh: Floats) -> None:
    """Add items to `mesh` `[2, points]`, each shared between the two points around it."""
    points = mesh.shape[1]
    scaled = confidence * (points - 1)
    left = np.minimum(scaled.astype(np.int64), points - 2)
    right = scaled - left
    for row, values in zip(mesh, added, strict=True):
        row += np.bincount(left, weights=(1 - right) * values, minlength=points)
        row[1:] += np.bincount(left, weights=right * values, minlength=points - 1)


@lru_cache(maxsize=1024)
def _kernel(bandwidth: float) -> tuple[int, Floats, Floats]:
    """Last index of the mesh, transform of the Gaussian on it, points where errors are read.

    Kept, since the search meets the same few bandwidths for every model.
    """
    half = (max(2000, round(20 / bandwidth)) // 2) // 2
    last = 2 * half
    window = np.zeros(last + 1)
    window[: half + 1] = np.exp((np.arange(half + 1) / (last * bandwidth)) ** 2 / -2)
    window /= np.sqrt(2 * np.pi) * bandwidth
    return last, dct(window, 1), np.linspace(0, last, max(int(10 / bandwidth), 200))
