"""One row of a file, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file.

    Attributes:
        values: By column.
        at: Where it stands, for error sentences: `train.jsonl, line 3`.
    """

    values: dict[str, Any]
    at: str


def whole(text: str, at: str) -> str:
    """`text`, if all of its characters are whole.

    Raises:
        ValueError: It holds half of a character, as JSON of a text that was cut inside an emoji.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{at} holds half of a character ({text[error.start]!a}, at {error.start}); the text "
            "was cut inside it: repair or remove the record"
        ) from None
    return text


def lacking(at: str, column: str, there: Iterable[str]) -> str:
    """The sentence for a column that is not there."""
    return f"{at} has no column {column!r}; its columns are: {', '.join(there) or 'none'}"
