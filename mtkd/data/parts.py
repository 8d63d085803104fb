"""Properties of items that name a part of a class, computed on a whole data set once."""

import numpy as np
from numpy.typing import NDArray


def left_share(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """Share of an image's ink in its left half, `[n, height, width]` to `[n]` in [0, 1].

    Of an odd width the middle column counts half. An image without ink has .5.
    """
    width = images.shape[-1]
    belongs_left = np.clip(width / 2 - np.arange(width), 0, 1)
    columns = images.sum(axis=-2, dtype=np.float64)
    ink = columns.sum(axis=-1)
    return np.divide(columns @ belongs_left, ink, out=np.full_like(ink, 0.5), where=ink > 0)


def above_class_median(
    scores: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """True where an item's score is above the median of its class, `[n]` and `[n]` to `[n]`.

    Give it all items of a data set, before any split: then the part is a fixed property of an
    item, and a test item can be told to belong to it.
    """
    above = np.zeros(len(scores), dtype=bool)
    for label in np.unique(labels):
        members = labels == label
        above[members] = scores[members] > np.median(scores[members])
    return above
