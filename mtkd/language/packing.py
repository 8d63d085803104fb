"""Whether a model keeps documents apart that lie behind each other in one sequence."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

from mtkd.language.arguments import options
from mtkd.language.head import caught, output_head, probing

DOCUMENT = 3
"""Tokens in each document of the probe."""


def check_packing(model: Any) -> None:
    """Refuse a causal model whose documents would read each other when they are packed.

    transformers draws the borders from `position_ids` that start again, if it is given no mask
    and keeps nothing for generating, and for families that make their mask in its common way;
    others take `position_ids` and ignore the borders (OPT, Falcon), or take none (Bloom, Mamba).
    Which is which is measured, not looked up in a list.

    Raises:
        ValueError: The model takes no positions, the second of two packed documents changes with
            the first, or it is not what it is alone.
    """
    name = type(model).__name__
    if "position_ids" not in inspect.signature(model.forward).parameters:
        raise ValueError(
            f"{name} takes no positions, so packed documents would read each other; give it one "
            "document in a sequence"
        )
    second, other, alone = _seen(model)
    apart = (second[0] - second[1]).abs().max()
    mixed = (other[0] - other[1]).abs().max()
    # With the same shapes the same sums are made: a border that holds leaves nothing at all.
    room = max(1e-5, 8 * torch.finfo(alone.dtype).eps) * alone.abs().max().double()
    if apart > mixed / 20 or (second[0] - alone).abs().max().double() > room:
        raise ValueError(
            f"{name} ignores where packed documents start, so they would read each other; give "
            "it one document in a sequence"
        )


def _seen(model: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states of one document: behind two others, the same without borders, alone.

    Returns:
        `[2, DOCUMENT, width]`, `[2, DOCUMENT, width]` and `[DOCUMENT, width]`.
    """
    head = output_head(model)
    tokens = torch.arange(2 * DOCUMENT, device=head.weight.device)
    first = torch.stack([tokens[:DOCUMENT], tokens[DOCUMENT:]])
    packed = torch.cat([first, tokens[1 : DOCUMENT + 1].expand(2, -1)], dim=1)
    packed = packed % head.weight.shape[0]
    positions = (tokens % DOCUMENT).expand(2, -1)
    with probing(model), caught(head) as seen:
        model(input_ids=packed, position_ids=positions, **options(model))
        model(input_ids=packed, **options(model))
        model(input_ids=packed[:1, DOCUMENT:], **options(model))
    return seen[0][:, DOCUMENT:], seen[1][:, DOCUMENT:], seen[2][0]
