"""The bytes of text that each token of a vocabulary stands for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from tokenizers import Tokenizer, pre_tokenizers

from mtkd.alignment.backend import AnyTokenizer, Settings, backend, parts, settings_of

SPACE = "\u2581"
"""SentencePiece's mark for a space."""


@dataclass(frozen=True)
class Surface:
    """What the tokens of one tokenizer look like in a text.

    Attributes:
        kind: `bytes` (byte-level), `spaces` (SentencePiece, `▁` is a space) or `words`
            (WordPiece, which forgets spaces).
        spoken: Token id to its bytes. Tokens that stand for no certain text (unknown, `[CLS]`)
            are missing. WordPiece's word starts are read with one space before letters and
            digits, none before punctuation, Chinese and Japanese characters.
        special: Id of a special token to its content, as it would stand in a text.
        fallback: Ids of single bytes in a vocabulary of characters (`<0x41>`).
        prefixed: Whether the tokenizer puts a space before the text that is not in the text,
            so that its first token has a byte more than the text.
    """

    kind: str
    spoken: dict[int, bytes]
    special: dict[int, str]
    fallback: frozenset[int]
    prefixed: bool


def surface_of(tokenizer: AnyTokenizer) -> Surface:
    """Read a tokenizer's settings and vocabulary.

    Raises:
        ValueError: It is neither byte-level nor SentencePiece-like nor WordPiece, so the bytes
            of its tokens cannot be told.
    """
    plain = backend(tokenizer)
    settings = settings_of(plain)
    kind = _kind(settings)
    special = {t["id"]: t["content"] for t in settings["added_tokens"] if t["special"]}
    literal = {t["id"]: t["content"].encode() for t in settings["added_tokens"] if not t["special"]}
    fallback = _fallback(plain, settings)
    spell = {"bytes": _byte_level, "spaces": _spaces, "words": _words(settings)}[kind]
    spoken = dict(literal)
    for token, index in plain.get_vocab().items():
        known = index in special or index in literal or _is_unknown(token, index, settings)
        if known:
            continue
        found = fallback.get(index) or spell(token)
        if found:
            spoken[index] = found
    return Surface(kind, spoken, special, frozenset(fallback), _prefixed(settings, kind))


def _kind(settings: Settings) -> str:
    found = {part.get("type") for part in parts(settings)}
    model = settings["model"]
    if model["type"] == "WordPiece":
        return "words"
    marked = model.get("end_of_word_suffix") or model.get("continuing_subword_prefix")
    if "ByteLevel" in found and not marked:
        return "bytes"
    replaced = any(part.get("content") in (" ", SPACE) for part in parts(settings))
    if not marked and ("Metaspace" in found or ("Replace" in found and replaced)):
        return "spaces"
    raise ValueError(
        f"cannot tell the bytes of the tokens of this {model['type']} tokenizer; expected "
        "byte-level tokens, SentencePiece tokens (▁ for a space) or WordPiece"
    )


def _prefixed(settings: Settings, kind: str) -> bool:
    before = [settings["normalizer"], settings["pre_tokenizer"]]
    found = parts({**dict.fromkeys(settings), "normalizer": before})
    return kind == "words" or any(
        part.get("type") == "Prepend"
        or (part.get("type") == "ByteLevel" and part.get("add_prefix_space"))
        or (part.get("type") == "Metaspace" and part.get("prepend_scheme") != "never")
        for part in found
    )


def _is_unknown(token: str, index: int, settings: Settings) -> bool:
    model = settings["model"]
    return token == model.get("unk_token") or index == model.get("unk_id")


def _fallback(tokenizer: Tokenizer, settings: Settings) -> dict[int, bytes]:
    if not settings["model"].get("byte_fallback"):
        return {}
    names = ((value, tokenizer.token_to_id(f"<0x{value:02X}>")) for value in range(256))
    return {index: bytes([value]) for value, index in names if index is not None}


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable character for each byte, reversed (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [value for value in range(256) if value not in printable]
    alphabet = {chr(value): value for value in printable}
    alphabet |= {chr(256 + number): value for number, value in enumerate(others)}
    assert set(alphabet) == set(pre_tokenizers.ByteLevel.alphabet())
    return alphabet


ALPHABET = _byte_alphabet()


def _byte_level(token: str) -> bytes | None:
    known = all(character in ALPHABET for character in token)
    return bytes(ALPHABET[character] for character in token) if known else None


def _spaces(token: str) -> bytes:
    return token.replace(SPACE, " ").encode()


def _words(settings: Settings) -> Callable[[str], bytes]:
    mark = settings["model"].get("continuing_subword_prefix") or "##"

    def spell(token: str) -> bytes:
        if token.startswith(mark) and token != mark:
            return token.removeprefix(mark).encode()
        return (" " if _starts_word(token) else "").encode() + token.encode()

    return spell


def _starts_word(token: str) -> bool:
    first = token[0]
    unspaced = unicodedata.name(first, "").startswith(("CJK ", "HIRAGANA ", "KATAKANA "))
    return first.isalnum() and not unspaced
