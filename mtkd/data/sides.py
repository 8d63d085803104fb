"""Populations with two sides: the one that is trained on, and the one that is met later.

Each class is one way in which they may differ, as a study names it under `shifts` of
`mtkd.data.Shifted`. Subclass `PopulationShift` for another one.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from mtkd.data.examples import Examples
from mtkd.data.populations import (
    covariate_tilt,
    inside,
    label_shift,
    only_classes,
    outside,
    without_classes,
)
from mtkd.data.spurious import spurious_feature


class PopulationShift(ABC):
    """A difference between the items that are learnt from and those that are met."""

    def known(self, examples: Examples) -> Examples:
        """The training side: of training, validation, the clean test and every other domain."""
        return examples

    @abstractmethod
    def met(self, examples: Examples) -> Examples:
        """The other side, of the test split."""


class HeldOutClasses(PopulationShift):
    """Items of some classes are met, without a right answer, and never learnt from: near-OOD.

    List it under `out_of_distribution`. Classes keep their numbers, so models keep their size.

    Args:
        classes: Numbers of the classes to hold out.
    """

    def __init__(self, classes: Sequence[int]) -> None:
        if not isinstance(classes, Sequence) or not all(type(one) is int for one in classes):
            raise ValueError(f"classes must be a list of class numbers, got {classes!r}")
        if not classes:
            raise ValueError("classes must name at least one class to hold out, got none")
        self.classes = tuple(classes)

    def known(self, examples: Examples) -> Examples:
        return without_classes(examples, self.classes)

    def met(self, examples: Examples) -> Examples:
        return only_classes(examples, self.classes)


class SubPopulation(PopulationShift):
    """Items of a part are met and never learnt from; all of their classes are.

    Args:
        part: A boolean array of the metadata, such as `left_heavy` of `Digits`.
    """

    def __init__(self, part: str) -> None:
        self.part = part

    def known(self, examples: Examples) -> Examples:
        return outside(examples, self.part)

    def met(self, examples: Examples) -> Examples:
        return inside(examples, self.part)


class LabelShift(PopulationShift):
    """Classes are met in other proportions, drawn from a symmetric Dirichlet distribution.

    Args:
        concentration: Positive; .1 leaves few classes, 1 makes shares unequal, 100 hardly.
        seed: Of the shares and of which items stay.
    """

    def __init__(self, concentration: float = 1.0, seed: int = 0) -> None:
        if concentration <= 0:
            raise ValueError(f"concentration must be positive, got {concentration}")
        self.concentration, self.seed = concentration, seed

    def met(self, examples: Examples) -> Examples:
        return label_shift(examples, self.concentration, self.seed)


class Tilt(PopulationShift):
    """Items at one end of a coordinate are met more often, see `populations.covariate_tilt`.

    Args:
        strength: 0 draws evenly, positive prefers large coordinates, negative small ones.
        share: Of the items to keep, in (0, 1]; at 1 nothing changes.
        seed: Of the draw.
        along: A column of numbers in the metadata; None: the first principal component.
    """

    def __init__(
        self, strength: float, share: float = 0.5, seed: int = 0, along: str | None = None
    ) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"share must be above 0 and at most 1, got {share}")
        self.strength, self.share, self.seed, self.along = strength, share, seed, along

    def met(self, examples: Examples) -> Examples:
        return covariate_tilt(examples, self.strength, self.share, self.seed, self.along)


class SpuriousColumn(PopulationShift):
    """Inputs grow by a column that hints at the label in training, and misleads when it is met.

    `[n, ..., w]` becomes `[n, ..., w + 1]` everywhere: give models the larger input. In domains
    without labels the column says nothing.

    Args:
        train: Correlation of the column with the class number in training, in [-1, 1].
        test: The same where the hint is broken.
        seed: Of the column's noise.
    """

    def __init__(self, train: float = 0.95, test: float = -0.95, seed: int = 0) -> None:
        for name, value in (("train", train), ("test", test)):
            if not -1 <= value <= 1:
                raise ValueError(f"{name} must be a correlation in [-1, 1], got {value}")
        self.train, self.test, self.seed = train, test, seed

    def known(self, examples: Examples) -> Examples:
        return spurious_feature(examples, self.train, self.seed)

    def met(self, examples: Examples) -> Examples:
        return spurious_feature(examples, self.test, self.seed)
