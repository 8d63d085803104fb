"""What the teachers of a study say about a batch, as far as they are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from mtkd.config import ConfigError, instantiate
from mtkd.data.examples import Batch
from mtkd.data.names import unknown
from mtkd.functional import log_probs
from mtkd.outputs import ModelOutput
from mtkd.study.ledger import Ledger
from mtkd.study.plan import Plan, Teacher
from mtkd.weights import load_weights

CHOICES = 3


@dataclass(frozen=True)
class Said:
    """What one teacher says about some positions.

    Attributes:
        classes: `[position, choice]` its most likely classes, the likeliest first.
        probabilities: `[position, choice]`, likewise.
    """

    classes: Tensor
    probabilities: Tensor


def chosen(plan: Plan, names: str | None) -> list[Teacher]:
    """The teachers asked for: all, none, or those named.

    Raises:
        ConfigError: A name that no teacher has.
    """
    if names is None:
        return list(plan.teachers.values())
    wanted = [] if names == "none" else names.split(",")
    for name in wanted:
        if name not in plan.teachers:
            raise ConfigError(str(unknown("teacher", name, plan.teachers)))
    return [plan.teachers[name] for name in wanted]


def asked(
    plan: Plan,
    teachers: Sequence[Teacher],
    runs: Path,
    batches: Sequence[tuple[Batch, slice]],
) -> Iterator[tuple[str, list[Said] | str]]:
    """Each teacher's heading, and what it says about each batch, or why it says nothing.

    One network is in memory at a time.

    Args:
        plan: The study.
        teachers: Whom to ask.
        runs: Folder of all run folders.
        batches: One row each, and which of its positions; a classifier's row is one position.
    """
    folders = Ledger(plan, runs).folders
    for teacher in teachers:
        label = f"{teacher.name} (placebo)" if teacher.placebo else teacher.name
        temperature = teacher.config.get("temperature", 1.0)
        label += "" if temperature == 1.0 else f" T={temperature:g}"
        network = _network(teacher, folders[teacher.id])
        if isinstance(network, str):
            yield label, network
        else:
            yield label, [_said(network, label, temperature, *batch) for batch in batches]


def _network(teacher: Teacher, folder: Path) -> nn.Module | str:
    """The teacher in eval mode, or why it cannot be asked."""
    weights, node = folder / "model.safetensors", teacher.config
    at = f"config.{'placebo' if teacher.placebo else 'teachers'}.{teacher.name}.model"
    trained = node.get("trainer") is not None
    if trained and not weights.exists():
        return f"not trained yet (no {weights})"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(node["seed"])
        model: nn.Module = instantiate(node["model"], at)
    if weights.exists():
        try:
            load_weights(model, weights)
        except ValueError as error:
            return str(error)
    return model.eval()


@torch.no_grad()
def _said(model: nn.Module, label: str, temperature: float, batch: Batch, at: slice) -> Said:
    try:
        output: ModelOutput = model(batch)
    except (RuntimeError, ValueError) as error:
        raise ConfigError(f"teacher {label} does not take the data: {error}") from error
    if batch["labels"].dim() == 2:
        # Only these positions: logits of a whole row could be more than the memory.
        output = output.map(lambda values: values[0, at])
    log_p = log_probs(output.dense().float(), temperature).cpu()
    best = log_p.topk(min(CHOICES, log_p.shape[-1]), dim=-1)
    return Said(best.indices, best.values.exp())
