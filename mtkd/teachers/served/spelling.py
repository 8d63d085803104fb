"""How a server spells tokens: two vocabularies of one size may number other tokens alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mtkd.teachers.served.refusals import ServerError

UNKNOWN = "\ufffd"
"""Stands for bytes that are no whole character."""


def spellings(answer: Any) -> dict[int, str]:
    """Text by token, of an answer that `Scores.read` has checked."""
    found: dict[int, str] = {}
    for entry in answer["choices"][0]["prompt_logprobs"][1:]:
        for token, said in entry.items():
            text = said.get("decoded_token")
            if isinstance(text, str):
                found[int(token)] = text
    return found


def check_spelling(spelt: Mapping[int, str], decode: Callable[[int], str], who: str) -> None:
    """Refuse a server most of whose tokens are other texts than ours.

    Spaces around a token are not compared, since programs decode a single token differently, and
    neither are parts of characters.

    Args:
        spelt: What `spellings` gave.
        decode: The student's text of a token.
        who: The server, for a sentence.

    Raises:
        ServerError: It names a token that differs.
    """
    pairs = {token: (text.strip(), decode(token).strip()) for token, text in spelt.items()}
    clear = {t: pair for t, pair in pairs.items() if all(pair) and UNKNOWN not in "".join(pair)}
    other = [token for token, (theirs, ours) in clear.items() if theirs != ours]
    if 2 * len(other) > len(clear):
        theirs, ours = clear[other[0]]
        raise ServerError(
            f"{who} calls token {other[0]} {theirs[:40]!r}, which is {ours[:40]!r} for the "
            f"student; {len(other)} of {len(clear)} differ, so their tokenizers differ, and a "
            "served teacher must share the student's"
        )
