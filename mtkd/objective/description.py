"""What is recorded of the student and of each teacher beside the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.functional import log_probs, logits_entropy
from mtkd.objective.block import Block
from mtkd.signals import per_teacher, stacked_views


@torch.no_grad()
def describe_student(tile: Block) -> dict[str, Tensor]:
    """Scalars: how often the likeliest class is the label, and its probability, summed."""
    best = log_probs(tile.logits).max(dim=-1)
    return {
        "accuracy": (best.indices == tile.labels).sum(),
        "confidence": best.values.exp().sum(),
    }


@torch.no_grad()
def describe_teachers(tile: Block, distances: Tensor, present: Tensor | None) -> dict[str, Tensor]:
    """`[teacher]` sums over the positions where each speaks.

    Args:
        tile: A few positions.
        distances: `[teacher, position]`.
        present: `[teacher, position]` booleans; None: all speak everywhere.
    """
    views = stacked_views(tile.signals, tile.logits.detach(), tile.labels, temperature=1.0)
    agreement = per_teacher(
        views, lambda view: (view.student.argmax(-1) == view.teacher.argmax(-1)).to(distances)
    )
    spread = per_teacher(views, lambda view: logits_entropy(view.teacher))
    speaks = torch.ones_like(distances) if present is None else present.to(distances)
    return {
        "distance": (distances * speaks).sum(dim=1),
        "agreement": (agreement * speaks).sum(dim=1),
        "entropy": (spread * speaks).sum(dim=1),
        "coverage": speaks.sum(dim=1),
    }
