"""What the student wrote, as a batch to learn from."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from mtkd.data.examples import NO_LABEL, content_ids
from mtkd.onpolicy.prompts import Prompts, gathered
from mtkd.onpolicy.writing import Text
from mtkd.teachers import Batch


def as_batch(prompts: Prompts, text: Text, special: Collection[int] = ()) -> Batch:
    """Prompts and what was written behind them, to be learnt from, padded on the right.

    There is no truth about what a student writes: `labels` are -1 everywhere, and `mask` says
    which positions predict a written token. `written` holds that token and `drawn` the
    log-probability it was drawn with, both 0 elsewhere.

    Args:
        prompts: What was continued.
        text: The continuations.
        special: Tokens whose first occurrence in each continuation is not learnt from.
    """
    present = torch.cat([prompts.present, text.present], dim=1)
    new = torch.zeros_like(prompts.present)
    drawn = torch.zeros_like(prompts.tokens, dtype=text.log_probs.dtype)
    tokens, counted, drawn, shown = gathered(
        present,
        torch.cat([prompts.tokens, text.tokens], dim=1),
        torch.cat([new, text.present & ~first_of(special, text)], dim=1),
        torch.cat([drawn, text.log_probs], dim=1),
        present,
        left=False,
    )
    longest = int(present.sum(dim=1).max())
    tokens, counted, drawn, shown = (v[:, :longest] for v in (tokens, counted, drawn, shown))
    inputs, mask = tokens[:, :-1].contiguous(), counted[:, 1:].contiguous()
    return {
        "inputs": inputs,
        "labels": torch.full_like(inputs, NO_LABEL),
        "mask": mask,
        "example_id": content_ids(inputs).to(inputs.device),
        "attention_mask": shown[:, :-1].long(),
        "written": tokens[:, 1:].where(mask, 0),
        "drawn": drawn[:, 1:].where(mask, 0),
    }


def first_of(special: Collection[int], text: Text) -> Tensor:
    """`[row, new]` booleans: where each of the `special` tokens is written for the first time."""
    found = torch.zeros_like(text.present)
    for token in special:
        here = (text.tokens == token) & text.present
        found |= here & (here.cumsum(dim=1) == 1)
    return found
