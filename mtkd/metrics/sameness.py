"""Models are only compared on the same items, in the same order."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mtkd.metrics.predictions import Predictions


def same_labels(*models: Predictions) -> None:
    """Stop unless all models were asked the same items with the same classes and labels.

    Raises:
        ValueError: Another shape, or another label, with its row.
    """
    first = models[0]
    for other in models[1:]:
        if other.shape != first.shape:
            raise ValueError(
                f"models must answer the same items over the same classes, got [n, classes] = "
                f"{first.shape} and {other.shape}"
            )
        if other.labels is not first.labels and (other.labels != first.labels).any():
            row = int(np.flatnonzero(other.labels != first.labels)[0])
            raise ValueError(
                f"models disagree about the label of row {row} ({first.labels[row]} and "
                f"{other.labels[row]}); bring their items into the same order"
            )


def same_items(ids: Mapping[str, ArrayLike]) -> None:
    """Stop unless every model's ids `[n]` are equal, row by row.

    Raises:
        ValueError: Two models saw other items or another order; names both and the row.
    """
    names = list(ids)
    for name in names[1:]:
        first, other = np.asarray(ids[names[0]]), np.asarray(ids[name])
        if first.shape != other.shape:
            raise ValueError(
                f"{names[0]} has {first.shape[0]} items, {name} has {other.shape[0]}; "
                "compare models on the same items only"
            )
        if (first != other).any():
            row = int(np.flatnonzero(first != other)[0])
            raise ValueError(
                f"{names[0]} and {name} differ at row {row}: items {first[row]} and {other[row]}; "
                "bring both into the same order before comparing"
            )
