"""What fingers do to a text: the shift that every service with a text field lives with."""

from __future__ import annotations

import numpy as np

RATES = {1: 0.05, 2: 0.10, 3: 0.20}
"""Severity to the share of letters that are mistyped (5 to 30 % are met in practice)."""

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
KINDS = ("neighbour", "drop", "double", "swap")


def _neighbours() -> dict[str, str]:
    """Keys beside, above and below each letter of an English keyboard."""
    found: dict[str, str] = {}
    for level, row in enumerate(ROWS):
        for place, letter in enumerate(row):
            near = row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
            for other in (level - 1, level + 1):
                if 0 <= other < len(ROWS):
                    near += ROWS[other][max(place - 1, 0) : place + 1]
            found[letter] = near
    return found


NEIGHBOURS = _neighbours()


def mistyped(text: str, rate: float, generator: np.random.Generator) -> str:
    """`text` with each letter mistyped with probability `rate`.

    A mistyped letter becomes a neighbouring key, is dropped, doubled, or swapped with what
    follows, each as often. All else (spaces, digits) is typed right.

    Args:
        text: Anything; only a to z, of either case, are touched.
        rate: In [0, 1].
        generator: Three draws are taken for each character, whatever happens to it.
    """
    draws = generator.random((len(text), 3))
    made: list[str] = []
    place = 0
    while place < len(text):
        letter, (wrong, kind, which) = text[place], draws[place]
        near = NEIGHBOURS.get(letter.lower(), "")
        place += 1
        if not near or wrong >= rate:
            made.append(letter)
            continue
        chosen = KINDS[int(kind * len(KINDS))]
        if chosen == "neighbour":
            made.append(near[int(which * len(near))])
        elif chosen == "double":
            made.append(letter + letter)
        elif chosen == "swap":
            made.append(text[place : place + 1] + letter)
            place += 1
    return "".join(made)
