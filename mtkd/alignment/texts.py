"""Texts as one tensor of a batch, so that a batch stays a mapping of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

FILL = 0xFF
"""Stands after the end of a text: no UTF-8 text contains this byte."""


def write_texts(texts: Sequence[str]) -> Tensor:
    """`[batch, bytes]` uint8, the UTF-8 bytes of each text, then 255."""
    rows = [text.encode() for text in texts]
    size = max(map(len, rows), default=0)
    filled = b"".join(row.ljust(size, bytes([FILL])) for row in rows)
    flat = torch.tensor(list(filled), dtype=torch.uint8)
    return flat.reshape(len(rows), size)


def read_texts(text_bytes: Tensor) -> list[str]:
    """The texts that `write_texts` wrote.

    Raises:
        ValueError: A row is not UTF-8; a text was cut inside a character.
    """
    rows = [bytes(row).rstrip(bytes([FILL])) for row in text_bytes.cpu().numpy()]
    try:
        return [row.decode() for row in rows]
    except UnicodeDecodeError as error:
        raise ValueError(
            f'batch["text_bytes"] is not UTF-8 ({error}); expected whole texts as '
            "mtkd.alignment.write_texts makes them"
        ) from None
