"""A language model on the scored positions of a domain: what it said, and how risky that is.

Against a teacher p a student q has two risks (Wen et al. 2023, f-distill,
https://aclanthology.org/2023.acl-long.605, there estimated on samples, here exact per position):
    coverage risk    -sum_y p(y) log q(y)   large where the student misses what the teacher says
    likelihood risk  -sum_y q(y) log p(y)   large where the student says what the teacher would not
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL
from mtkd.functional import log_probs
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal
from mtkd.teachers import CachedTeacher
from mtkd.token_predictions import TokenPredictions

KEPT = 128
"""Most likely tokens of a position that are stored."""

ROWS = 32
"""Sequences read at one time."""

CHUNK = 512
"""Positions whose logits exist at one time."""

LARGEST_HEAD = 64_000_000
"""Numbers in the largest output head that is written once for each domain."""

PLACE = 0x9E3779B97F4A7C1
"""Odd, so that places of one sequence never have one hash (integers wrap around)."""

DESCRIBED = ("classes", "log_probs", "label_log_probs", "label_ranks")


@torch.no_grad()
def scored_states(model: nn.Module, examples: Examples) -> tuple[Tensor, ModelOutput]:
    """Hash of every scored position, and what `model` says there, `[n, ...]`, in eval mode.

    Scored are the positions that have a label.
    """
    model.eval()
    ids, outputs = [], []
    for batch in examples.in_order(ROWS):
        counted = batch["mask"].flatten().nonzero().squeeze(-1)
        output: ModelOutput = model(batch)
        outputs.append(output.map(partial(_picked, counted)))
        ids.append(position_ids(batch["example_id"], batch["mask"]))
    return torch.cat(ids), joined(outputs)


def _picked(rows: Tensor, values: Tensor) -> Tensor:
    return values.flatten(0, 1)[rows]


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


@torch.no_grad()
def predict_tokens(
    model: nn.Module,
    examples: Examples,
    temperature: float = 1.0,
    teachers: Mapping[str, CachedTeacher] | None = None,
) -> TokenPredictions:
    """What `model` says at the scored positions, and its risks against recorded teachers.

    Args:
        model: Takes a batch of token ids, returns a `ModelOutput`.
        examples: Rows whose labels mark what is scored.
        temperature: Divides the logits.
        teachers: States recorded by `record_states`, by name.

    Raises:
        ValueError: A teacher's states are about other positions.
    """
    ids, output = scored_states(model, examples)
    labels = examples.labels[examples.labels != NO_LABEL]
    per_row = (examples.labels != NO_LABEL).sum(dim=1)
    parts = [
        _describe(output, ids, labels, slice(start, start + CHUNK), temperature, teachers or {})
        for start in range(0, len(ids), CHUNK)
    ]
    found = {name: torch.cat([part[name] for part in parts]).numpy() for name in parts[0]}
    fields = {name: found.pop(name) for name in DESCRIBED}
    return TokenPredictions(
        ids=ids.numpy(),
        labels=labels.numpy(),
        sequences=examples.ids.repeat_interleave(per_row).numpy(),
        vocabulary=examples.classes,
        extras=found,
        **fields,
    )


def _describe(
    output: ModelOutput,
    ids: Tensor,
    labels: Tensor,
    rows: slice,
    temperature: float,
    teachers: Mapping[str, CachedTeacher],
) -> dict[str, Tensor]:
    """The stored fields of some positions."""
    log_q = log_probs(output.map(lambda values: values[rows]).dense(), temperature).cpu()
    found = likely(log_q, labels[rows])
    for name, teacher in teachers.items():
        signal = teacher.observe({"example_id": ids[rows]})
        log_p = log_probs(cast(CompleteSignal, signal).output.dense())
        found[f"coverage_risk/{name}"] = -(log_p.exp() * log_q).sum(dim=1)
        found[f"likelihood_risk/{name}"] = -(log_q.exp() * log_p).sum(dim=1)
    return found


def likely(log_q: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """The fields `DESCRIBED` of `[n, classes]` log-probabilities and `[n]` references."""
    label = log_q.gather(1, labels[:, None])
    kept = log_q.topk(min(KEPT, log_q.shape[1]), dim=1)
    return {
        "classes": kept.indices.int(),
        "log_probs": kept.values,
        "label_log_probs": label.squeeze(1),
        "label_ranks": (log_q > label).sum(dim=1).int(),
    }


def record_states(
    model: nn.Module, examples: Examples, identity: str, temperature: float = 1.0
) -> CachedTeacher | None:
    """What a teacher says at the scored positions, in half the room; None if its head is large."""
    ids, output = scored_states(model, examples)
    output = output.softened(temperature)
    if output.head is not None and output.head.weight.numel() > LARGEST_HEAD:
        return None
    return CachedTeacher(ids, output.map(lambda values: values.half()), identity)
