"""Keys by which a teacher is chosen for a record."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.text.loading import Splits


class Routes:
    """Route keys as numbers, the same in every split.

    Args:
        splits: All records.
        column: Where the key stands; None: nothing is routed.

    Attributes:
        names: All keys, sorted.

    Raises:
        ValueError: A record without a key.
    """

    def __init__(self, splits: Splits, column: str | None) -> None:
        self._keys: dict[str, list[str]] = {}
        for split, records in splits.items() if column else ():
            for record in records:
                key = record.values[column]  # type: ignore[index]
                if key is None or key == "":
                    raise ValueError(f"{record.at}: the route (column {column!r}) is empty")
                self._keys.setdefault(split, []).append(str(key))
        self.names = sorted({key for keys in self._keys.values() for key in keys})

    def codes(self, split: str) -> Tensor:
        """`[records]` int64, positions in `names`."""
        number = {name: index for index, name in enumerate(self.names)}
        return torch.tensor([number[key] for key in self._keys[split]])
