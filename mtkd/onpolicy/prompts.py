"""Prompts as a batch of tokens: whatever side the padding is on, and however they are cut."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mtkd.teachers import Batch


@dataclass(frozen=True)
class Prompts:
    """Rows of tokens to be continued.

    Attributes:
        tokens: `[row, length]` int64, padded on the left with 0.
        present: `[row, length]` booleans, false at padding.
    """

    tokens: Tensor
    present: Tensor

    @property
    def lengths(self) -> Tensor:
        """`[row]` tokens of each prompt."""
        return self.present.sum(dim=1)


def read_prompts(batch: Batch) -> Prompts:
    """The prompts of a batch: `inputs [row, length]` and, if some is padding, `attention_mask`.

    Raises:
        ValueError: The inputs are no token ids, or a prompt is empty.
    """
    inputs = batch["inputs"]
    if inputs.dim() != 2 or inputs.is_floating_point():
        raise ValueError(
            f"a prompt is token ids [row, length], got {inputs.dtype} of shape "
            f"{list(inputs.shape)}; on_policy is for language models"
        )
    mask = batch.get("attention_mask")
    present = torch.ones_like(inputs, dtype=torch.bool) if mask is None else mask.bool()
    lengths = present.sum(dim=1)
    if not bool((lengths > 0).all()):
        raise ValueError(
            f"prompt {int(lengths.argmin())} of the batch is empty; a prompt needs at least one "
            "token, such as the one that begins a text"
        )
    tokens, present = gathered(present, inputs, present, left=True)
    longest = int(lengths.max())
    return Prompts(tokens[:, -longest:].contiguous(), present[:, -longest:].contiguous())


def gathered(present: Tensor, *columns: Tensor, left: bool) -> list[Tensor]:
    """Each of `columns` `[row, length]` with padding moved to one side and set to 0.

    Args:
        present: `[row, length]` booleans, false at padding, anywhere.
        columns: What is moved.
        left: Whether padding goes to the left.
    """
    key = present if left else ~present
    order = key.long().argsort(dim=1, stable=True)
    kept = present.gather(1, order)
    moved = [values.gather(1, order) for values in columns]
    return [values.where(kept, torch.zeros_like(values)) for values in moved]


def prompts_of_text(batch: Batch) -> Prompts:
    """What was continued in a batch of `mtkd.onpolicy.batches.as_batch`.

    A prompt ends with the first token that predicts a written one which is learnt from.
    """
    last = batch["mask"].long().argmax(dim=1, keepdim=True)
    places = torch.arange(batch["mask"].shape[1], device=last.device)
    shown = (places <= last) & batch["attention_mask"].bool()
    return read_prompts({"inputs": batch["inputs"], "attention_mask": shown})
