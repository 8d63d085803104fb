"""What a model says at the scored positions, before it becomes probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from mtkd.data import Examples
from mtkd.devices import CPU, beside
from mtkd.outputs import ModelOutput
from mtkd.teachers import CachedTeacher

ROWS = 32
"""Sequences read at one time."""

LARGEST_HEAD = 64_000_000
"""Numbers in the largest output head that is written once for each domain."""

PLACE = 0x9E3779B97F4A7C1
"""Odd, so that places of one sequence never have one hash (integers wrap around)."""


@torch.no_grad()
def scored_states(model: nn.Module, examples: Examples) -> tuple[Tensor, ModelOutput]:
    """Hash of every scored position, and what `model` says there, `[n, ...]`, in eval mode.

    Scored are the positions that have a label. The model is asked where it is; what it says comes
    back to the CPU, but its head, which need not be whole there, stays.
    """
    model.eval()
    ids, outputs = [], []
    for batch in examples.in_order(ROWS):
        counted = batch["mask"].flatten().nonzero().squeeze(-1)
        output: ModelOutput = model(beside(model, batch))
        outputs.append(output.map(partial(_picked, counted)))
        ids.append(position_ids(batch["example_id"], batch["mask"]))
    return torch.cat(ids), joined(outputs)


def _picked(rows: Tensor, values: Tensor) -> Tensor:
    return values.flatten(0, 1)[rows.to(values.device)].cpu()


def joined(outputs: Sequence[ModelOutput]) -> ModelOutput:
    """Outputs of one model on several batches, one after the other."""
    first = outputs[0]
    hidden = [output.hidden for output in outputs if output.hidden is not None]
    logits = [output.logits for output in outputs if output.logits is not None]
    return replace(
        first,
        hidden=torch.cat(hidden) if hidden else None,
        logits=torch.cat(logits) if logits else None,
    )


def position_ids(example_id: Tensor, mask: Tensor) -> Tensor:
    """`[n]` int64, a hash of sequence and place for every position in `mask [batch, length]`."""
    places = torch.arange(mask.shape[1]) * PLACE
    return (example_id.unsqueeze(1) + places)[mask]


def compact(values: Tensor) -> Tensor:
    """`values` in two bytes each, or as they are where one is too large for float16."""
    if values.element_size() <= 2:
        return values
    half = values.half()
    return half if bool(half.isfinite().all()) else values


def record_states(
    model: nn.Module, examples: Examples, identity: str, temperature: float = 1.0
) -> CachedTeacher | None:
    """What a teacher says at the scored positions, in half the room; None if its head is large."""
    ids, output = scored_states(model, examples)
    output = output.softened(temperature)
    if output.head is not None and output.head.weight.numel() > LARGEST_HEAD:
        return None
    return CachedTeacher(ids, output.map(compact).to(CPU), identity)
