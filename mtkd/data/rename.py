"""Wrong labels on purpose, told by the names of classes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from mtkd.data.examples import Examples
from mtkd.data.names import unknown


@dataclass(frozen=True)
class Rename:
    """Says one class where the truth is another, for several classes at once.

    Attributes:
        pairs: Name of the true class to the name that is said.
        column: Array of the metadata that holds the names, such as `intent` of `Intents`.

    Raises:
        ValueError: No pairs, or one that changes nothing; when called, a column or a name that
            the items do not have.
    """

    pairs: Mapping[str, str]
    column: str

    def __post_init__(self) -> None:
        if not self.pairs or any(true == said for true, said in self.pairs.items()):
            raise ValueError(f"pairs must map names to other names, got {dict(self.pairs)}")

    def __call__(self, examples: Examples) -> Examples:
        """The same items with the labels changed; all true labels are read before any changes."""
        if self.column not in examples.metadata:
            raise unknown(f"column of {examples.name}", self.column, examples.metadata)
        names = examples.metadata[self.column]
        found, rows = np.unique(names, return_index=True)
        label = dict(zip(found.tolist(), examples.labels[torch.from_numpy(rows)], strict=True))
        labels = examples.labels.clone()
        for true, said in self.pairs.items():
            for name in (true, said):
                if name not in label:
                    raise unknown(f"{self.column} of {examples.name}", name, label)
            labels[torch.from_numpy(names == true)] = label[said]
        return replace(examples, labels=labels)
