"""Whole texts, or pairs of texts, to rows of tokens, made once and then read from the cache."""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

from mtkd.text.cache import cached
from mtkd.text.rows import VERSION
from mtkd.text.tokens import Tokens

Text = str | tuple[str, str]


def whole_rows(texts: Sequence[Text], tokens: Tokens, length: int) -> dict[str, Tensor]:
    """One row for each text, padded on the right, and how many were cut to `length` tokens.

    Returns:
        `inputs`, `attention_mask` (0 at padding) and, where not all are 0 and the tokenizer gives
        them to its model, `token_type_ids`, int32 `[n, longest]`; `cut`, a number.
    """

    def make() -> dict[str, Tensor]:
        return _made(texts, tokens, length)

    # Rows without token types keep the key that they always had.
    key = [VERSION, "labelled", tokens.identity, str(length), *["types"] * tokens.types]
    return cached([*key, *map(json.dumps, texts)], make)


def _made(texts: Sequence[Text], tokens: Tokens, length: int) -> dict[str, Tensor]:
    cutting = Tokenizer.from_str(tokens.plain.to_str())
    cutting.enable_truncation(length)
    made = cutting.encode_batch(list(texts))
    shape = (len(made), max(len(one.ids) for one in made))
    inputs = torch.full(shape, tokens.padding, dtype=torch.int32)
    mask, types = torch.zeros_like(inputs), torch.zeros_like(inputs)
    for row, one in enumerate(made):
        size = len(one.ids)
        inputs[row, :size] = torch.tensor(one.ids, dtype=torch.int32)
        types[row, :size] = torch.tensor(one.type_ids, dtype=torch.int32)
        mask[row, :size] = 1
    cut = torch.tensor(sum(bool(one.overflowing) for one in made))
    rows = {"inputs": inputs, "attention_mask": mask, "cut": cut}
    return {**rows, "token_type_ids": types} if tokens.types and types.any() else rows
