"""Student and reference on the same items of one domain, and what is known of each item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics import Predictions
from mtkd.metrics.base import Booleans

Texts = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Compared:
    """One domain; row i of every field is the same item.

    Attributes:
        ids: `[item]`, as the files write them.
        origins: `[item]`, the id of the clean item that a shifted one was made from, else its own.
            Halves are drawn by it, so an item and its noisy copies never lie in both.
        classes: Names, by class number.
        student, reference: What both say; their labels are equal.
        teachers: What each teacher says, by name; empty where there is no run.
        columns: Metadata by name, `[item]` each, as the file has it.
        tau: Confidence from which an answer counts as confident.

    Raises:
        ValueError: The fields disagree about the number of items.
    """

    domain: str
    ids: Texts
    origins: Texts
    classes: tuple[str, ...]
    student: Predictions
    reference: Predictions
    teachers: Mapping[str, Predictions] = field(default_factory=dict)
    columns: Mapping[str, NDArray] = field(default_factory=dict)
    tau: float = 0.9

    def __post_init__(self) -> None:
        models = {"reference": self.reference, **self.teachers}
        sizes = {"ids": len(self.ids), "origins": len(self.origins)}
        sizes |= {name: len(model) for name, model in models.items()}
        sizes |= {name: len(column) for name, column in self.columns.items()}
        for name, size in sizes.items():
            if size != len(self.student):
                raise ValueError(
                    f"{self.domain}: {name} is about {size} items, the student about "
                    f"{len(self.student)}; give all for the same items"
                )

    def __len__(self) -> int:
        return len(self.student)

    @cached_property
    def label_names(self) -> Texts:
        """`[item]`: name of the true class."""
        return np.array(self.classes)[self.student.labels]

    @cached_property
    def worse(self) -> Booleans:
        """`[item]`: only the student is wrong (a negative flip)."""
        return self.student.wrong & self.reference.correct

    @cached_property
    def better(self) -> Booleans:
        """`[item]`: only the reference is wrong (a positive flip)."""
        return self.reference.wrong & self.student.correct

    @cached_property
    def confident(self) -> Booleans:
        """`[item]`: only the student is wrong, and it is confident."""
        return self.worse & self.student.confident(self.tau)
