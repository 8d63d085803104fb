"""scikit-learn's handwritten digits: 1,797 real images of 8 x 8, inside an installed package."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import torch

from mtkd.data.domains import domain
from mtkd.data.examples import Examples
from mtkd.data.names import unknown
from mtkd.data.parts import above_class_median, left_share


class Digits:
    """Digits in [0, 1], split once into `train`, `validation` and `test` (the rest).

    The split is a permutation of the rows by NumPy's `RandomState(split_seed)`, whose stream
    is the same in every version: the first `train` rows, the next `validation`, the others.
    No two of the images are equal, so the splits share no content id.

    Source: E. Alpaydin, C. Kaynak, https://archive.ics.uci.edu/dataset/80, as shipped with
    scikit-learn (the test part of that set), 0 to 16 divided by 16.

    Metadata of every item: `row` in scikit-learn's array, `ink` (mean grey level),
    `left_share` (see `mtkd.data.parts.left_share`), and `left_heavy`, true for the items
    whose left share is above the median of their class in all 1,797.

    Attributes:
        classes: 10.
        input_shape: (8, 8).
        train, validation, test: `Examples`.

    Args:
        train: Items to train on, at least 1.
        validation: Items to validate on, at least 1.
        split_seed: Which permutation.

    Raises:
        ValueError: A split would be empty.
    """

    classes = 10
    input_shape = (8, 8)

    def __init__(self, train: int = 600, validation: int = 200, split_seed: int = 0) -> None:
        everything = _all_digits()
        if train < 1 or validation < 1 or train + validation >= len(everything):
            raise ValueError(
                f"digits has {len(everything)} items, got train {train} and validation "
                f"{validation}; each needs at least 1, and so does test, which is the rest"
            )
        order = torch.from_numpy(np.random.RandomState(split_seed).permutation(len(everything)))
        self.train = everything.take(order[:train], "digits/train")
        self.validation = everything.take(order[train : train + validation], "digits/validation")
        self.test = everything.take(order[train + validation :], "digits/test")

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def metadata(self, split: str) -> Mapping[str, np.ndarray]:
        """`[n]` arrays by name for `train`, `validation` or `test`."""
        if split not in self.splits:
            raise unknown("split", split, self.splits)
        return self.splits[split].metadata

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The test split as `mtkd.data.domains.domain` shows it: clean, corrupted, or nonsense."""
        return domain(self.test, name, severity)


@cache
def _all_digits() -> Examples:
    # Imported here: it takes 1.4 CPU seconds, which other data sets need not pay.
    from sklearn.datasets import load_digits

    source = load_digits()
    images, labels = (source.images / 16).astype(np.float32), source.target.astype(np.int64)
    share = left_share(images)
    metadata = {
        "row": np.arange(len(images)),
        "ink": images.mean(axis=(1, 2)),
        "left_share": share,
        "left_heavy": above_class_median(share, labels),
    }
    return Examples(
        torch.from_numpy(images), torch.from_numpy(labels), Digits.classes, "digits", metadata
    )
