"""Weights of a block's teachers, from what the weighting sees of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mtkd.functional import widen
from mtkd.objective.block import Block
from mtkd.signals import Signal, per_teacher, stack, stacked_views
from mtkd.weighting import TeacherWeighting


class Weigher:
    """One walk's weights, block by block.

    Args:
        weighting: The rule.
        examples: `[position]` integers, the example each of the walk's positions belongs to.
        teachers: How many there are.
        learns: Whether weights keep the graph of the rule's parameters.
    """

    def __init__(
        self, weighting: TeacherWeighting, examples: Tensor, teachers: int, learns: bool
    ) -> None:
        self.weighting, self.examples, self.learns = weighting, examples, learns
        self.teachers = teachers
        self.grouped: Tensor | None = None

    def group(self, blocks: Iterable[Block], present: Tensor | None) -> None:
        """Fix all positions' weights before the walk, for rules that pool across blocks."""
        seen = torch.cat([self._evidence(block) for block in blocks], dim=1)
        with torch.set_grad_enabled(self.learns):
            self.grouped = self.weighting.weights(seen, present, self.examples)

    def weights(self, block: Block, present: Tensor | None) -> Tensor:
        """`[teacher, position]` of the block, with the graph of a rule that learns."""
        # Of a frozen student's walk, too, the rule learns.
        with torch.set_grad_enabled(self.learns):
            if self.grouped is not None:
                return self.grouped[:, block.rows]
            seen = self._evidence(block)
            return self.weighting.weights(seen, present, self.examples[block.rows])

    @torch.no_grad()
    def _evidence(self, block: Block) -> Tensor:
        """`[teacher or 1, position, *extra]`: what the rule looks at, the student detached."""
        if not self.weighting.needs_teachers:
            block = replace(block, signals=[])  # so that no tile is cut from them
        parts = [
            evidence_of(self.weighting, tile.logits, tile.signals, tile.labels, tile.hidden)
            for _, tile in block.tiles()
        ]
        seen = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        # A rule that was not told who teaches counts teachers by the rows of what it sees.
        told = bool(self.weighting.teachers)
        return seen if told else seen.expand(self.teachers, *seen.shape[1:])

    def own_loss(
        self, block: Block, weights: Tensor, distances: Tensor, present: Tensor | None
    ) -> Tensor | None:
        """Scalar, the rule's own loss, from its weights and what each teacher gave the label."""
        truth = label_log_probs(block)
        with torch.set_grad_enabled(self.learns):
            own = self.weighting.own_loss(weights, truth, distances, present)
            return None if own is None else own.sum()


def evidence_of(
    weighting: TeacherWeighting,
    logits: Tensor,
    signals: Sequence[Signal],
    labels: Tensor,
    hidden: Tensor | None,
) -> Tensor:
    """`[teacher or 1, position, *extra]`: what a rule sees of a few positions."""
    student = logits.detach()
    if not weighting.needs_teachers:
        return weighting.look(student, student.unsqueeze(0), labels, hidden)
    if weighting.compares:
        views = stacked_views(signals, student, labels, temperature=1.0)
        return per_teacher(views, lambda view: weighting.look(*view, hidden))
    teachers = stack([widen(signal.spread()) for signal in signals])
    return weighting.look(student, teachers, labels, hidden)


@torch.no_grad()
def label_log_probs(block: Block) -> Tensor:
    """`[teacher, position]`: what each teacher gave the label, in nats."""
    parts = [
        torch.stack([signal.label_log_probs(tile.labels) for signal in tile.signals])
        for _, tile in block.tiles()
    ]
    return torch.cat(parts, dim=1)


def presence(signals: Sequence[Signal]) -> Tensor | None:
    """`[teacher, position]` booleans, or None when every teacher speaks everywhere."""
    if all(signal.present is None for signal in signals):
        return None
    always = torch.ones_like(next(s.present for s in signals if s.present is not None))
    return torch.stack([always if s.present is None else s.present for s in signals])
