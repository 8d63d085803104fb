"""Tiles judged, and their gradients written where their logits lay."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mtkd.objective.block import Block
from mtkd.objective.criterion import Criterion, Verdict
from mtkd.objective.gradients import GradientStore
from mtkd.recipe import Recipe

VARIANTS = 128
"""Losses x numbers of teachers x kinds of tiles that one process may compile."""


class Judged(NamedTuple):
    """Sums over a tile, in nats.

    Attributes:
        loss: Scalar, `hard_share * hard + (1 - hard_share) * soft`; its graph only where
            gradients are not gathered.
        hard: Scalar, cross-entropy with the labels, without a graph.
        soft: Scalar, weighted distance to the teachers, without a graph; 0 without teachers.
        distances: `[teacher, position]`, without a graph; None unless they were made.
    """

    loss: Tensor
    hard: Tensor
    soft: Tensor
    distances: Tensor | None


class Judge:
    """Judges one walk's tiles.

    Args:
        recipe: What is minimised.
        gradients: Where they are gathered.
        distances: Whether each teacher's distance is wanted even if a mixture is trained on.
    """

    def __init__(self, recipe: Recipe, gradients: GradientStore, distances: bool) -> None:
        self.recipe, self.gradients = recipe, gradients
        self.criterion = Criterion(recipe, distances)
        self.settle = compiled_settle() if recipe.compile else settle

    def __call__(self, tile: Block, weights: Tensor | None) -> Judged:
        """Values; where gradients are gathered, theirs takes the place of the student's logits."""
        gathers = self.gradients.gathers
        if gathers and self.criterion.knows_slope(tile):
            return self._sums(self.settle(self.criterion, self.gradients, tile, weights))
        leaf = self.gradients.leaf(tile)
        judged = self._sums(self.criterion.by_autograd(leaf, weights))
        if gathers:
            pull = self.gradients.by_autograd(judged.loss, leaf.logits)
            self.gradients.overwrite(tile.logits, pull)
            judged = judged._replace(loss=judged.loss.detach())
        return judged

    def _sums(self, verdict: Verdict) -> Judged:
        hard, share = verdict.hard, self.recipe.hard_share
        soft = torch.zeros_like(hard) if verdict.soft is None else verdict.soft
        loss = share * hard + (1 - share) * soft
        return Judged(loss, hard.detach(), soft.detach(), verdict.distances)


def settle(
    criterion: Criterion, gradients: GradientStore, tile: Block, weights: Tensor | None
) -> Verdict:
    """The verdict on a tile whose slopes are known; its gradient takes its logits' place."""
    verdict = criterion.by_hand(tile, weights)
    gradients.overwrite(tile.logits, verdict.slopes)
    return verdict._replace(slopes=())


@cache
def compiled_settle() -> Any:
    """`settle` through `torch.compile`: one variant for each loss and number of teachers.

    Raises:
        ValueError: At the first call, if this machine cannot compile.
    """
    fused = torch.compile(settle)
    # Beyond this many variants torch goes back, in silence, to what is not compiled: eight are
    # the losses of one study. A single row, and the first one of a chunk, are variants too.
    limits = torch._dynamo.config
    limits.recompile_limit = max(limits.recompile_limit, VARIANTS)

    def call(*given: Any) -> Any:
        try:
            return fused(*given)
        except torch._dynamo.exc.BackendCompilerFailed as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(
                f"trainer.compile: true, but torch.compile cannot work here ({reason}); "
                "it needs a C++ compiler, on a GPU triton; install it or use compile: false"
            ) from error

    return call
