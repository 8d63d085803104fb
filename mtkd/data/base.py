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

    def __hash__(self) -> int:
        """What its domains are kept by while a process lives (`mtkd.evaluation.domain_examples`).

        A plain class has what is needed: each object is itself. Where equality is declared,
        objects may be equal only if they hold the same items in every split and domain: the hash
        and `__eq__` must cover all arguments and the content of whatever files were read, not
        their paths alone. A dataclass wants `@dataclass(eq=False)`; with `eq` alone it has no
        hash, and a study refuses it.

        This says nothing about another process: what a run folder remembers of data is
        `mtkd.data.fingerprint`, computed from `splits` and the domains of the study. So data that
        come from a file should list in `splits` all that students or teachers learn from.
        """
        ...

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The items of a domain; `clean` is the test split.

        Raises:
            ValueError: There is no such domain.
        """
        ...
