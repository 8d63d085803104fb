"""The most likely tokens of a position, how the reference ranks, and risks against teachers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL
from mtkd.devices import device_of
from mtkd.functional import log_probs
from mtkd.objective.block import even_slices
from mtkd.signals import CompleteSignal
from mtkd.teachers import CachedTeacher
from mtkd.token_evaluation.states import scored_states
from mtkd.token_predictions import TokenPredictions

KEPT = 128
"""Most likely tokens of a position that are stored."""

CHUNK = 512
"""Positions whose logits exist at one time."""

TILE = 2**17
"""Numbers of a model's log-probabilities that the cache of a processor core holds, with what is
made of them."""

DESCRIBED = ("classes", "log_probs", "label_log_probs", "label_ranks")


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
    place = device_of(model) if output.head is None else output.head.weight.device
    parts = []
    for start in range(0, len(ids), CHUNK):
        rows = slice(start, start + CHUNK)
        said = output.map(lambda values: values[rows].to(place)).dense()  # noqa: B023
        asked = {"example_id": ids[rows].to(place)}
        heard = {name: _logits(teacher, asked) for name, teacher in (teachers or {}).items()}
        for tile in even_slices(slice(0, len(said)), _tile(said)):
            told = {name: logits[tile] for name, logits in heard.items()}
            parts.append(_describe(said[tile], labels[rows][tile].to(place), told, temperature))
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


def _logits(teacher: CachedTeacher, asked: Mapping[str, Tensor]) -> Tensor:
    return cast(CompleteSignal, teacher.observe(asked)).output.dense()


def _tile(logits: Tensor) -> int:
    """Rows that are worked on at one time: on a CPU a few for each thread, else all."""
    if logits.device.type != "cpu":
        return CHUNK
    return torch.get_num_threads() * max(TILE // logits.shape[1], 1)


def _describe(
    logits: Tensor, labels: Tensor, teachers: Mapping[str, Tensor], temperature: float
) -> dict[str, Tensor]:
    """The stored fields of some positions, worked out where these are."""
    log_q = log_probs(logits, temperature)
    found = likely(log_q, labels)
    for name, heard in teachers.items():
        log_p = log_probs(heard)
        found[f"coverage_risk/{name}"] = -(log_p.exp() * log_q).sum(dim=1)
        found[f"likelihood_risk/{name}"] = -(log_q.exp() * log_p).sum(dim=1)
    return {name: values.cpu() for name, values in found.items()}


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
