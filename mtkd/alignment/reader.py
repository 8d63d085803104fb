"""Texts to token ids and the bytes of text that each token covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from tokenizers import Encoding
from torch import Tensor

from mtkd.alignment.backend import AnyTokenizer, backend, untrimmed
from mtkd.alignment.characters import check_text, joins, next_starts
from mtkd.alignment.surface import surface_of
from mtkd.alignment.texts import write_texts

Span = tuple[int, int]
NOWHERE: Span = (-1, -1)
"""Span of padding, and of a token whose end in the text nobody knows."""


class Reading(NamedTuple):
    """One text as a tokenizer reads it.

    Attributes:
        ids: Token ids.
        spans: Byte offsets `(start, end)` of each token in the UTF-8 text. Known spans lie side
            by side from byte 0; a space that the tokenizer drops belongs to the token after it.
            A token without text (BOS, `[SEP]`) has an empty span; a piece of a character whose
            end cannot be told has `(-1, -1)`, and the piece after it covers both.
    """

    ids: list[int]
    spans: list[Span]


class ByteReader:
    """A tokenizer that knows where in the bytes of a text each token ends.

    Where the tokens' own bytes concatenate to the text, as in byte-level vocabularies, they are
    counted, so the pieces of an emoji end where they end. Where a normalizer rewrote the text,
    the tokenizer's character offsets are used, only where no two tokens touch one character,
    no character was lost and no accent follows that may have been composed into it.

    Args:
        tokenizer: A `tokenizers.Tokenizer` or a fast tokenizer of transformers. A copy is used:
            truncation and padding set on it do not reach the reader.

    Attributes:
        surface: What its tokens look like in a text.
        vocabulary: Token string to id.
        size: One above the largest token id.
    """

    def __init__(self, tokenizer: AnyTokenizer) -> None:
        self.surface = surface_of(tokenizer)
        self.vocabulary: dict[str, int] = backend(tokenizer).get_vocab()
        self.size = max(self.vocabulary.values(), default=-1) + 1
        self._tokenizer = untrimmed(backend(tokenizer))

    def read(self, text: str) -> Reading:
        """Token ids and byte spans of `text`, special tokens added as the tokenizer does.

        Raises:
            ValueError: The text has no bytes: it holds half of a UTF-16 pair.
        """
        if not text.isascii():
            check_text(text)
        found = self._tokenizer.encode(text)
        spans = self._counted(found, text.encode()) or self._by_characters(found, text)
        return Reading(list(found.ids), spans)

    def batch(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """`texts` as a batch of a causal language model, padded on the right.

        Returns:
            `inputs [batch, length]` int64 (0 where padded), `attention_mask` (0 where padded),
            `labels` (the next token, -1 where none), `mask` (whether there is a label),
            `spans [batch, length, 2]` int64 (-1 where padded) and `text_bytes [batch, bytes]`
            (see `write_texts`).
        """
        readings = [self.read(text) for text in texts]
        length = max((len(reading.ids) for reading in readings), default=1) or 1
        inputs = torch.zeros(len(texts), length, dtype=torch.int64)
        labels, read = torch.full_like(inputs, -1), torch.zeros_like(inputs)
        spans = torch.full((len(texts), length, 2), -1)
        for row, (ids, places) in enumerate(readings):
            inputs[row, : len(ids)], read[row, : len(ids)] = torch.tensor(ids, dtype=torch.int64), 1
            labels[row, : max(len(ids) - 1, 0)] = torch.tensor(ids[1:], dtype=torch.int64)
            spans[row, : len(ids)] = torch.tensor(places, dtype=torch.int64).reshape(-1, 2)
        whole = {"inputs": inputs, "attention_mask": read, "labels": labels, "mask": labels >= 0}
        return {**whole, "spans": spans, "text_bytes": write_texts(texts)}

    def _counted(self, found: Encoding, text: bytes) -> list[Span] | None:
        """Spans by adding up the tokens' own bytes; None if they are not the text."""
        spans, end, fresh = [], 0, True
        for index, added in zip(found.ids, found.special_tokens_mask, strict=True):
            if added:
                spans.append((end, end))
                continue
            special = self.surface.special.get(index)
            piece = self.surface.spoken.get(index) if special is None else special.encode()
            if not piece:
                return None
            if fresh and self.surface.prefixed and not text.startswith(piece, end):
                piece = piece.removeprefix(b" ")
            if not text.startswith(piece, end):
                return None
            spans.append((end, end + len(piece)) if piece else NOWHERE)
            end, fresh = end + len(piece), special is not None
        return spans if end == len(text) else None

    def _by_characters(self, found: Encoding, text: str) -> list[Span]:
        """Spans from character offsets, known only where tokens part cleanly."""
        ends = [0]
        for character in text:
            ends.append(ends[-1] + len(character.encode()))
        starts = next_starts(found, len(text))
        spans, last, read = [], 0, 0
        for (_, end), added, after in zip(
            found.offsets, found.special_tokens_mask, starts, strict=True
        ):
            if added:
                spans.append((last, last))
                continue
            read = max(read, end)
            lost = text[end:after]
            dropped = not lost or (self.surface.kind == "words" and lost.isspace())
            clean = end >= read and after >= end and not joins(text[end : end + 1])
            if not clean or not dropped or ends[end] == last:
                spans.append(NOWHERE)
                continue
            spans.append((last, ends[end]))
            last = ends[end]
        return spans
