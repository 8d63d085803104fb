"""Wrong labels on purpose: a teacher's confident mistake whose truth is known."""

from dataclasses import dataclass, replace

from torch import Tensor, from_numpy

from mtkd.data.examples import Examples
from mtkd.data.names import unknown


@dataclass(frozen=True)
class Relabel:
    """Says `target` where the truth is `source`, in a part of that class.

    Attributes:
        source: The class whose items are mislabelled.
        target: The class they are said to be.
        part: `all`, or the name of a boolean array in the items' metadata, such as
            `left_heavy` of `Digits`. It was computed on the whole data set, so `affected`
            tells for items of any split or domain whether they are of the mislabelled kind.

    Raises:
        ValueError: The two classes are the same or negative; when called, that the target is
            no class, the part does not exist, or no item is affected.
    """

    source: int
    target: int
    part: str = "all"

    def __post_init__(self) -> None:
        if min(self.source, self.target) < 0 or self.source == self.target:
            raise ValueError(
                f"source and target must be two different classes from 0, got {self.source} "
                f"and {self.target}"
            )

    def affected(self, examples: Examples) -> Tensor:
        """`[n]` booleans: true items of `source` that belong to the part.

        Ask this of the true labels, not of examples that were relabelled already.
        """
        of_source = examples.labels == self.source
        if self.part == "all":
            return of_source
        if self.part not in examples.parts:
            raise unknown(f"part of {examples.name}", self.part, ("all", *examples.parts))
        return of_source & from_numpy(examples.parts[self.part])

    def __call__(self, examples: Examples) -> Examples:
        """The same items with the labels changed."""
        if self.target >= examples.classes:
            raise ValueError(
                f"target {self.target} is no class of {examples.name}, which has 0 to "
                f"{examples.classes - 1}"
            )
        affected = self.affected(examples)
        if not affected.any():
            raise ValueError(
                f"{self} changes no label: {examples.name} holds no such item; check source "
                "and part"
            )
        return replace(examples, labels=examples.labels.masked_fill(affected, self.target))
