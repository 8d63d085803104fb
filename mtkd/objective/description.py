"""What is recorded of the student and of each teacher beside the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.functional import log_probs, logits_entropy, widen
from mtkd.objective.block import Block
from mtkd.signals import stack


@torch.no_grad()
def describe(tile: Block, present: Tensor | None) -> dict[str, Tensor]:
    """Sums over a tile: scalars of the student, and `[teacher]` of where each teacher speaks.

    Args:
        tile: A few positions, the student's logits not yet overwritten.
        present: `[teacher, position]` booleans; None: all teachers speak everywhere.
    """
    best = log_probs(tile.logits).max(dim=-1)
    student = {
        "accuracy": (best.indices == tile.labels).sum(),
        "confidence": best.values.exp().sum(),
    }
    if not tile.signals:
        return student
    # Over all classes: over a signal's own outcomes two tails would agree, whatever is in them.
    teachers = stack([widen(signal.spread()) for signal in tile.signals])
    agreement, entropy = teachers.argmax(dim=-1) == best.indices, logits_entropy(teachers)
    speaks = torch.ones_like(entropy) if present is None else present.to(entropy)
    return student | {
        "agreement": (agreement * speaks).sum(dim=1),
        "entropy": (entropy * speaks).sum(dim=1),
        "coverage": speaks.sum(dim=1),
    }
