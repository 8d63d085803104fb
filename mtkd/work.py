"""How much arithmetic a training step is, counted and not timed: equal on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mtkd.data import Batch
from mtkd.outputs import ModelOutput

BACKWARD = 2
"""A backward pass is two matrix products for each of the forward pass."""


@torch.no_grad()
def forward_work(model: nn.Module, batch: Batch) -> tuple[float, float]:
    """Floating-point operations of a forward pass for one example: all of it, its head alone.

    Matrix products and convolutions are counted, twice a multiplication each; a head that is
    handed over instead of applied is added. Everything else (norms, softmax) is left out.
    """
    model.eval()
    with FlopCounterMode(display=False) as counter:
        output: ModelOutput = model(batch)
    body, head = float(counter.get_total_flops()), 0.0
    if output.head is not None:
        head = 2.0 * output.head.weight.numel() * output.body[..., 0].numel()
    size = len(batch["labels"])
    return (body + head) / size, head / size


def step_work(student: float, teachers: Iterable[Mapping[str, Any]], size: int) -> dict[str, float]:
    """Operations of one training step, as it ran and as if every teacher ran beside the student.

    Args:
        student: Of a forward pass for one example.
        teachers: `forward_flop`, `head_flop` and `live` of each teacher asked.
        size: Examples in a step.
    """
    asked = list(teachers)
    own = (1 + BACKWARD) * student
    live = sum(float(teacher["forward_flop"]) for teacher in asked)
    ran = sum(float(t["forward_flop" if t["live"] else "head_flop"]) for t in asked)
    return {"step_flop": size * (own + ran), "step_flop_live": size * (own + live)}
