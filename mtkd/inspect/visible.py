"""Tokens as they can be seen: spaces, newlines and pieces of characters made visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tokenizers import Tokenizer

from mtkd.alignment.backend import AnyTokenizer, backend
from mtkd.alignment.surface import surface_of

SIGNS = {" ": "·", "\n": "↵", "\r": "␍", "\t": "⇥"}


@runtime_checkable
class Tokenized(Protocol):
    """A data set that tells what its numbers mean."""

    @property
    def tokenizer(self) -> AnyTokenizer: ...


@runtime_checkable
class Named(Protocol):
    """A data set that tells what its classes are called."""

    @property
    def names(self) -> Sequence[str]: ...


class Vocabulary:
    """What to print for a token id.

    Args:
        tokenizer: Of the data; None: ids are printed as numbers.
    """

    def __init__(self, tokenizer: AnyTokenizer | None) -> None:
        self._plain: Tokenizer | None = None if tokenizer is None else backend(tokenizer)
        self._spoken: dict[int, bytes] = {}
        self._special: dict[int, str] = {}
        if tokenizer is not None:
            try:
                surface = surface_of(tokenizer)
            except ValueError:
                return  # the vocabulary's own spelling is printed
            self._spoken, self._special = surface.spoken, surface.special

    def __getitem__(self, index: int) -> str:
        """One word without blanks; `<7>` for an id that no token has."""
        if index in self._special:
            return self._special[index]
        piece = self._spoken.get(index)
        if piece is not None:
            return visible(piece.decode("utf-8", errors="backslashreplace"))
        known = None if self._plain is None else self._plain.id_to_token(index)
        return f"<{index}>" if known is None else visible(known)

    def special(self, index: int) -> bool:
        """Whether the token stands for no text."""
        return index in self._special


def visible(text: str) -> str:
    """`text` with a sign for each blank, and codes for what cannot be printed."""
    signs = (SIGNS.get(character, character) for character in text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in signs)
