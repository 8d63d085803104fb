"""What the characters of a text allow to be said about its bytes."""

from __future__ import annotations

import unicodedata

from tokenizers import Encoding


def check_text(text: str) -> None:
    """Refuse a text that has no bytes."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = ascii(text[max(error.start - 10, 0) : error.start + 11])
        raise ValueError(
            f"a text is no valid Unicode at character {error.start}, in {around}, so it cannot be "
            "compared byte by byte; repair it with text.encode(errors='replace').decode()"
        ) from None


def joins(character: str) -> bool:
    """Whether a normalizer may compose `character` with the one before it."""
    first = unicodedata.normalize("NFKD", character)[:1]
    return first != "" and (unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff")


def next_starts(found: Encoding, size: int) -> list[int]:
    """Where the text of all later tokens begins, in characters; `size` after the last one."""
    starts, after = [], size
    pairs = zip(found.offsets, found.special_tokens_mask, strict=True)
    for (start, _), added in reversed(list(pairs)):
        starts.append(after)
        after = after if added else min(after, start)
    return starts[::-1]
