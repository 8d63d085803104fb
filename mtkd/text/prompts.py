"""Prompts alone, for a student that writes the rest itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.text.cache import cached
from mtkd.text.documents import Form
from mtkd.text.record import Record
from mtkd.text.rows import VERSION, contents
from mtkd.text.tokens import Tokens


def prompt_examples(
    records: Sequence[Record],
    form: Form,
    tokens: Tokens,
    length: int,
    classes: int,
    routes: Tensor | None,
) -> Examples:
    """The prompt of each record, padded on the left so that all end in the last column.

    Args:
        records: Of one split.
        form: How a record's prompt is written.
        tokens: The tokenizer.
        length: Tokens of a prompt, at most; a shortened prompt would be another question.
        classes: The model's vocabulary.
        routes: `[records]` int64, or None.

    Returns:
        `inputs [n, longest]`, labels all -1, `attention_mask` (0 at padding) and `route [n]`.

    Raises:
        ValueError: The form has no prompts, or one is empty or too long.
    """

    def make() -> dict[str, Tensor]:
        found = list(form.prompt_ids(records, tokens))
        for record, ids in zip(records, found, strict=True):
            if len(ids) > length:
                raise ValueError(
                    f"{record.at}: the prompt has {len(ids)} tokens, more than length {length}; "
                    "raise length, or remove the record"
                )
        width = max(map(len, found))
        inputs = torch.full((len(found), width), tokens.padding, dtype=torch.int32)
        mask = torch.zeros_like(inputs)
        for row, ids in enumerate(found):
            inputs[row, width - len(ids) :] = torch.from_numpy(ids)
            mask[row, width - len(ids) :] = 1
        return {"inputs": inputs, "attention_mask": mask}

    parts = [VERSION, "prompts", tokens.identity, form.options, str(length)]
    rows = cached(chain(parts, contents(records, form)), make)
    inputs = rows["inputs"].long()
    extras = {"attention_mask": rows["attention_mask"].long()}
    if routes is not None:
        extras["route"] = routes
    labels = torch.full_like(inputs, -1)
    return Examples(inputs, labels, classes, "texts/prompts", extras=extras)
