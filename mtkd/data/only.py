"""A part of the training items, for a teacher that is a specialist."""

from dataclasses import dataclass

from mtkd.data.examples import Examples
from mtkd.data.populations import sub_population


@dataclass(frozen=True)
class Only:
    """Keeps the items of one part, a boolean array of the metadata such as a domain's name.

    Attributes:
        part: Its name.

    Raises:
        ValueError: When called: there is no such part, or it holds no item or every item.
    """

    part: str

    def __call__(self, examples: Examples) -> Examples:
        """The items of the part, in their order."""
        return sub_population(examples, self.part)[0]
