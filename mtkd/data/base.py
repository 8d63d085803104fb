"""What a study needs from a data set, whatever it holds."""

from collections.abc import Mapping
from typing import Protocol

from mtkd.data.examples import Examples


class DataSet(Protocol):
    """Splits and evaluation domains; `Digits` is one, and so is any class with these members.

    Attributes:
        classes: Number of classes, or of tokens in the vocabulary.
        train: What students and teachers learn from.
        validation: What temperatures and thresholds are fitted on.
        splits: All splits by name, for the record.
    """

    classes: int
    train: Examples
    validation: Examples

    @property
    def splits(self) -> Mapping[str, Examples]: ...

    def __hash__(self) -> int: ...

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The items of a domain; `clean` is the test split.

        Raises:
            ValueError: There is no such domain.
        """
        ...
