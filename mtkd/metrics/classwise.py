"""Calibration of every class, not only of the most likely one."""

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.base import Floats, Metric, measure
from mtkd.metrics.binning import Closed, width_index
from mtkd.metrics.checks import class_labels, probabilities


def classwise_ece(
    probs: ArrayLike, labels: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> Metric:
    """Mean over classes of the ECE of p(k) against 1{label = k}, in [0, 1].

    Kull et al. 2019, https://arxiv.org/abs/1910.12656. With many classes it is dominated by
    probabilities near 0; look at `classwise_ece_per_class` then.
    """
    checked, errors = _errors(probs, labels, bins, closed)
    convention = f"mean over {checked.shape[1]} classes, {bins} equal-width bins, closed {closed}"
    return measure(len(checked), convention, errors.mean)


def classwise_ece_per_class(
    probs: ArrayLike, labels: ArrayLike, bins: int = 15, closed: Closed = "left"
) -> list[Metric]:
    """The ECE of each class; a class that no label names is computed and says so."""
    checked, errors = _errors(probs, labels, bins, closed)
    present = np.bincount(np.asarray(labels, dtype=np.int64), minlength=checked.shape[1]) > 0
    notes = ["" if here else ", class absent from the labels" for here in present]
    return [
        measure(
            len(checked), f"class {k}, {bins} equal-width bins, closed {closed}{note}", error.item
        )
        for k, (error, note) in enumerate(zip(errors, notes, strict=True))
    ]


def _errors(
    probs: ArrayLike, labels: ArrayLike, bins: int, closed: Closed
) -> tuple[Floats, Floats]:
    """Checked probabilities and the ECE of each class `[classes]`, in one pass over all bins."""
    checked = probabilities(probs)
    n, classes = checked.shape
    truth = class_labels(labels, n, classes)
    place = width_index(checked, bins, closed) + bins * np.arange(classes)
    sums = np.bincount(place.ravel(), weights=checked.ravel(), minlength=bins * classes)
    hits = np.bincount(place[np.arange(n), truth], minlength=bins * classes)
    gaps: Floats = np.abs(sums - hits).reshape(classes, bins).sum(axis=1) / max(n, 1)
    return checked, gaps
