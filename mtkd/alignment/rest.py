"""What becomes of a teacher's mass on tokens that the student lacks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtkd.alignment.backend import AnyTokenizer
from mtkd.alignment.mapped import MappedTokens
from mtkd.alignment.side_by_side import SideBySide
from mtkd.alignment.translate import SharedTokens, Translation
from mtkd.alignment.vocabulary import shared_tokens
from mtkd.alignment.vocabulary_map import vocabulary_map

WAYS = ("tail", "map", "sorted")


@dataclass(frozen=True)
class Rest:
    """The arguments of `Aligned` that say how unshared mass is treated, checked.

    Raises:
        ValueError: One is out of its range, or would be ignored.
    """

    way: str
    k: int | None
    temperature: float
    equivalents: Mapping[str, str] | None
    texts: Sequence[str]
    most: int

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise ValueError(f"rest must be one of {', '.join(WAYS)}, got {self.way!r}")
        if self.k is not None and self.k < 1:
            raise ValueError(f"k must be positive, or None for all tokens, got {self.k}")
        if self.temperature <= 0:
            raise ValueError(f"a teacher's temperature must be positive, got {self.temperature}")
        if self.way == "sorted" and self.temperature != 1:
            raise ValueError(
                f"rest 'sorted' pools nothing, so the loss alone softens both sides; got "
                f"temperature {self.temperature:g} here too: give it to the loss"
            )
        if len(self.texts) and self.way != "map":
            raise ValueError(
                f"texts are counted for rest 'map', with {self.way!r} they would be ignored; "
                "leave them out"
            )

    def translation(
        self, student: AnyTokenizer, teacher: AnyTokenizer, classes: int
    ) -> tuple[Translation, list[str]]:
        """How to translate between two tokenizers, and in words what that depends on.

        Raises:
            ValueError: Nothing can be translated.
        """
        settings = str((classes, self.k, self.temperature))
        if self.way == "map":
            weights = vocabulary_map(
                student,
                teacher,
                texts=self.texts,
                most=self.most,
                equivalents=self.equivalents,
            )
            named = ["map", settings, *weights.columns()]
            return MappedTokens(classes, weights, self.k, self.temperature), named
        pairs = shared_tokens(student, teacher, self.equivalents)
        if self.way == "sorted":
            return SideBySide(classes, pairs), ["sorted", settings, str(pairs)]
        shared = SharedTokens(classes, pairs, self.k, self.temperature)
        return shared, ["tail", settings, str(pairs)]


def digest(parts: Sequence[str]) -> str:
    """Ten hexadecimal digits that stand for `parts`."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]
