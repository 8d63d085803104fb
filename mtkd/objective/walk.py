"""The walk over positions: one chunk of logits at a time, with its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mtkd.objective.block import Block, TeacherBuffers, even_slices
from mtkd.objective.description import describe
from mtkd.objective.gradients import GradientStore
from mtkd.objective.judging import Judge
from mtkd.objective.weighing import Weigher, presence
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import Signal

SMALL = 2**17
"""Logits of a batch that are so few that autograd may keep them until the backward pass."""


class Walk:
    """Running sums and gradients of one walk over the positions.

    Chunks are for the matrix products: all logits of a chunk exist at one time, in buffers that
    every chunk uses again. Tiles are for everything else: a few rows of a chunk, which stay in
    the processor's cache from the first formula to the gradient.

    Attributes:
        sums: Sums so far by name, see `mtkd.objective.Objective`.
        gradients: Gradients so far.
        zero: A scalar 0 where the student is, in float32 or wider.
    """

    def __init__(
        self,
        student: ModelOutput,
        signals: Sequence[Signal],
        labels: Tensor,
        examples: Tensor,
        recipe: Recipe,
        detail: bool,
    ) -> None:
        self.student, self.signals, self.recipe, self.detail = student, signals, recipe, detail
        self.labels, self.examples, self.weighting = labels, examples, recipe.weighting
        across = bool(signals) and not recipe.loss.row_wise
        self.size = max(len(labels), 1) if across else recipe.chunk
        wide = torch.promote_types(student.body.dtype, torch.float32)
        few = len(labels) <= self.size and len(labels) * student.classes <= SMALL
        few = few and student.body.dtype == wide
        whole = len(labels) > 0 and (across or few)
        self.gradients = GradientStore(
            student, recipe.loss, self.weighting, chunk=self.size, whole=whole
        )
        self.teachers = TeacherBuffers(signals, min(self.size, len(labels)), together=whole)
        self.judge = Judge(recipe, self.gradients, detail or self.weighting.learns)
        self.zero = torch.zeros((), dtype=wide, device=student.body.device)
        self.sums: dict[str, Tensor] = {}
        self.weigher = Weigher(self.weighting, examples, len(signals), self.gradients.learns)
        if self._pools_across_blocks():
            asked = signals if self.weighting.needs_teachers else ()
            blocks = (block for rows in self.chunks() for block in self._blocks(rows, asked))
            self.weigher.group(blocks, presence(signals))

    def chunks(self) -> Iterator[slice]:
        """Slices that cover the positions; one slice for a loss that looks across positions."""
        return even_slices(slice(0, len(self.labels)), self.size)

    def add(self, rows: slice) -> None:
        """One chunk: values, gradients, sums."""
        with torch.set_grad_enabled(self.gradients.wanted):
            for block in self._blocks(rows, self.signals):
                for part in self._weighed_together(block):
                    self._add_block(part)
        self.gradients.add_chunk(rows)

    def _blocks(self, rows: slice, signals: Sequence[Signal]) -> Iterator[Block]:
        logits = self.gradients.student_chunk(rows)
        hidden = None if self.student.hidden is None else self.student.hidden.detach()
        for part in self.teachers.blocks(rows):
            yield Block(
                part,
                logits[part.start - rows.start : part.stop - rows.start],
                self.teachers.made(part) if signals else [],
                self.labels[part],
                None if hidden is None else hidden[part],
            )

    def _add_block(self, block: Block) -> None:
        present = presence(block.signals)
        weights = self.weigher.weights(block, present) if block.signals else None
        fixed = None if weights is None else weights.detach()
        distances = []
        for part, tile in self._tiles(block):
            if self.detail:
                self._sum(**describe(tile, None if present is None else present[:, part]))
            judged = self.judge(tile, None if fixed is None else fixed[:, part])
            self._sum(loss=judged.loss, hard=judged.hard, soft=judged.soft)
            if judged.distances is not None:
                distances.append(judged.distances)
        if weights is None:
            return
        self._sum(weight=weights.detach().sum(dim=1))
        if not distances:
            return
        together = torch.cat(distances, dim=1)
        if self.detail:
            self._sum(distance=(together if present is None else together * present).sum(dim=1))
        if self.weighting.learns:
            self._learn(self.weigher.own_loss(block, weights, together, present))

    def _weighed_together(self, block: Block) -> Iterator[Block]:
        """The block, or its tiles if weights of single positions look at the teachers.

        Logits that were looked at are then still in the processor's cache for the loss.
        """
        rule = self.weighting
        alone = rule.needs_teachers and not rule.learns and rule.granularity == "position"
        if not alone or not block.signals:
            return iter([block])
        return (tile for _, tile in self._tiles(block))

    def _tiles(self, block: Block) -> Iterator[tuple[slice, Block]]:
        """Few rows at a time, unless the loss or autograd's graph wants them together."""
        whole = slice(0, len(block.labels)), block
        return iter([whole]) if self.gradients.whole else block.tiles()

    def _learn(self, own: Tensor | None) -> None:
        """The weighting's own loss, of which it alone learns."""
        if own is None:
            return
        if self.gradients.learns:
            # Mixed precision would round the way back, as it would the way there.
            with torch.autocast(own.device.type, enabled=False):
                self.gradients.add_weighting(own)
        self._sum(own=own if self.gradients.whole else own.detach())

    def _pools_across_blocks(self) -> bool:
        """Whether weights are shared by positions whose logits may not exist together."""
        if not self.signals or self.weighting.granularity == "position":
            return False
        return len(self.labels) > self.teachers.size

    def _sum(self, **values: Tensor) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums[name] + value if name in self.sums else value
