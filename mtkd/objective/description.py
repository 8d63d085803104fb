"""What is recorded of the student and of each teacher beside the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.functional import log_probs, logits_entropy
from mtkd.objective.block import Block
from mtkd.signals import per_teacher, stacked_views


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
    views = stacked_views(tile.signals, tile.logits.detach(), tile.labels, temperature=None)
    agreement = per_teacher(views, lambda view: view.student.argmax(-1) == view.teacher.argmax(-1))
    spread = per_teacher(views, lambda view: logits_entropy(view.teacher))
    speaks = torch.ones_like(spread) if present is None else present.to(spread)
    return student | {
        "agreement": (agreement * speaks).sum(dim=1),
        "entropy": (spread * speaks).sum(dim=1),
        "coverage": speaks.sum(dim=1),
    }
