"""Chunks of token ids with the bytes of text that they stand for."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mtkd.alignment.reader import NOWHERE, ByteReader, Reading, Span
from mtkd.alignment.texts import write_texts


class Passage(NamedTuple):
    """A chunk of token ids, and its own text.

    Attributes:
        ids: Token ids.
        spans: Byte offsets of each token in `text`, see `Reading`. A piece of a character that
            the chunk does not hold whole has `(-1, -1)`.
        text: What the ids say, whole characters only.
    """

    ids: list[int]
    spans: list[Span]
    text: str


def cut(text: str, reading: Reading, start: int, stop: int) -> Passage:
    """Tokens `start` to `stop` of a text that was read as a whole.

    Right for every tokenizer, also one that rewrites its text: `reader.read(text)` once, then
    `cut(text, reading, 0, 256)`, `cut(text, reading, 256, 512)`, … The chunk's text runs from
    the first byte of its first token to the last byte of its last one.

    Raises:
        ValueError: `start` and `stop` are not a range of the reading's tokens.
    """
    if not 0 <= start <= stop <= len(reading.ids):
        raise ValueError(
            f"a text of {len(reading.ids)} tokens has no tokens {start} to {stop}; give two of "
            f"0 to {len(reading.ids)} in order"
        )
    return _windowed(reading.ids[start:stop], reading.spans[start:stop], text.encode())


def spell(ids: Sequence[int], reader: ByteReader) -> Passage:
    """A chunk whose text is lost: the bytes of its tokens, put together again.

    For byte-level and SentencePiece tokens, as in a stream of ids that were packed long ago, or
    in what a student wrote itself. Where a tokenizer puts a space before a text, one is dropped
    after a special token, also if the text had one. A special token has no text, so the texts on
    both sides of it touch.

    Raises:
        ValueError: The ids do not say which bytes they stand for.
    """
    surface, spans, whole, fresh = reader.surface, [], b"", False
    if surface.kind == "words":
        raise ValueError(
            "WordPiece forgets spaces and case, so its tokens do not give the text back byte by "
            "byte; keep the text and use mtkd.alignment.cut"
        )
    for place, index in enumerate(ids):
        piece = b"" if index in surface.special else surface.spoken.get(index)
        if piece is None:
            raise ValueError(
                f"token {index} at place {place} stands for no certain bytes (an unknown token, "
                "or not this tokenizer's); keep the text and use mtkd.alignment.cut"
            )
        if fresh and surface.prefixed:
            piece = piece.removeprefix(b" ")
        special, end = index in surface.special, len(whole) + len(piece)
        spans.append((len(whole), end) if piece or special else NOWHERE)
        whole, fresh = whole + piece, special
    return _windowed(list(ids), spans, whole)


def passage_tensors(passages: Sequence[Passage]) -> dict[str, Tensor]:
    """What `Aligned` reads beside the usual batch.

    Returns:
        `text_bytes [batch, bytes]` uint8 (see `write_texts`) and `spans [batch, length, 2]`
        int64, -1 where padded; `length` is that of the longest passage. If the last id of a
        passage is only a label, leave out `spans[:, -1]`, not the text.
    """
    length = max((len(passage.ids) for passage in passages), default=0)
    spans = torch.full((len(passages), length, 2), -1)
    for row, passage in enumerate(passages):
        spans[row, : len(passage.ids)] = torch.tensor(passage.spans).reshape(-1, 2)
    return {"text_bytes": write_texts([passage.text for passage in passages]), "spans": spans}


def _windowed(ids: list[int], spans: list[Span], whole: bytes) -> Passage:
    """The part of `whole` that `spans` cover, characters cut in two left out."""
    known = [span for span in spans if span[1] > span[0]]
    first, last = (known[0][0], known[-1][1]) if known else (0, 0)
    while first < last and whole[first] & 0xC0 == 0x80:  # in the middle of a character
        first += 1
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(whole[first:last])
    except UnicodeDecodeError as error:
        raise ValueError(
            f"these tokens do not spell UTF-8 text ({error.reason} at byte {error.start}), so no "
            "other tokenizer can read it; leave the sequence out for this teacher"
        ) from None
    return Passage(ids, [_shifted(span, first, len(text.encode())) for span in spans], text)


def _shifted(span: Span, first: int, size: int) -> Span:
    """`span` counted from `first`; nowhere if it ends outside of `size` bytes from there."""
    start, end = span[0] - first, span[1] - first
    if span == NOWHERE or end > size or (end <= 0 < span[1] - span[0]):
        return NOWHERE
    return (max(start, 0), end) if end >= 0 else (0, 0)
