"""What a tile of positions costs, and which way that pulls the student's logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkd.functional import widen
from mtkd.losses import Divergence
from mtkd.losses.checked import compare
from mtkd.objective.block import Block
from mtkd.objective.mixing import mixed_teacher
from mtkd.objective.slopes import Slopes
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal, View, per_teacher, stacked_views


class Verdict(NamedTuple):
    """Sums over a tile, in nats.

    Attributes:
        hard: Scalar, cross-entropy with the labels.
        soft: Scalar, weighted distance to the teachers; None without teachers.
        distances: `[teacher, position]`, without a graph; None unless they were made.
        slopes: Of hard_share * hard + (1 - hard_share) * soft; their pulls on the logits add up to
            the gradient. Empty where that is left to autograd.
    """

    hard: Tensor
    soft: Tensor | None
    distances: Tensor | None
    slopes: tuple[Slopes, ...] = ()


class Criterion:
    """Judges tiles by a recipe.

    Args:
        recipe: What is minimised.
        distances: Whether each teacher's distance is wanted even if a mixture is trained on.
    """

    def __init__(self, recipe: Recipe, distances: bool) -> None:
        self.recipe, self.loss = recipe, recipe.loss
        self.mixes = recipe.aggregation != "distances"
        self.distances = distances or not self.mixes
        trained = any(parameter.requires_grad for parameter in self.loss.parameters())
        known = isinstance(self.loss, Divergence) and self.loss.has_slope
        self.sloped = known and not trained

    def knows_slope(self, tile: Block) -> bool:
        """Whether `by_hand` can judge the tile: all teachers complete, the slope known."""
        complete = all(isinstance(signal, CompleteSignal) for signal in tile.signals)
        return not tile.signals or (self.sloped and complete)

    def by_autograd(self, tile: Block, weights: Tensor | None) -> Verdict:
        """Values with a graph to the tile's logits, if gradients are enabled.

        Args:
            tile: A few positions.
            weights: `[teacher, position]`, without a graph; None without teachers.
        """
        hard = F.cross_entropy(
            widen(tile.logits),
            tile.labels,
            ignore_index=-1,
            reduction="sum",
            label_smoothing=self.recipe.label_smoothing,
        )
        if weights is None:
            return Verdict(hard, None, None)
        views = stacked_views(tile.signals, tile.logits, tile.labels, self.loss.temperature)
        distances = None
        if self.distances:
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self.mixes):
                distances = self._distances(tile, views)
        if not self.mixes:
            assert distances is not None
            return Verdict(hard, (weights * distances).sum(), distances.detach())
        heard = weights.sum(dim=0)
        mixed = View(tile.logits, self._mixed(weights, views[0][1].teacher), tile.labels)
        soft = heard * self._distance(mixed, None if self._always(tile) else heard > 0)
        return Verdict(hard, soft.sum(), distances)

    def _distances(self, tile: Block, views: Sequence[tuple[list[int], View]]) -> Tensor:
        """`[teacher, position]`."""
        if self.loss.row_wise or self._always(tile):
            return per_teacher(views, lambda view: compare(self.loss, *view))
        rows = {}
        for teachers, view in views:
            for index, teacher in zip(teachers, view.teacher, strict=True):
                one = view._replace(teacher=teacher)
                rows[index] = self._distance(one, tile.signals[index].present)
        return torch.stack([rows[index] for index in range(len(rows))])

    def _distance(self, view: View, speaks: Tensor | None) -> Tensor:
        """`[position]`; of positions where nobody speaks a loss across positions sees nothing."""
        if self.loss.row_wise or speaks is None:
            return compare(self.loss, *view)
        heard = View(*(part[speaks] for part in view))
        distance = view.student.new_zeros(speaks.shape)
        if not speaks.any():
            return distance
        return distance.masked_scatter(speaks, compare(self.loss, *heard))

    def _always(self, tile: Block) -> bool:
        return all(signal.present is None for signal in tile.signals)

    @torch.no_grad()
    def by_hand(self, tile: Block, weights: Tensor | None) -> Verdict:
        """The same values with their slopes, where `knows_slope`; arguments as above."""
        recipe, soft, distances = self.recipe, None, None
        plain = Slopes(tile.logits, 1.0)
        parts: tuple[Slopes, ...] = (plain,)
        if weights is not None:
            softened = plain
            if self.loss.temperature != 1:
                softened = Slopes(tile.logits, self.loss.temperature)
                parts = (softened, plain) if recipe.hard_share else (softened,)
            soft, distances = self._teach(softened, tile, weights)
        hard = plain.add_labels(tile.labels, recipe.label_smoothing, recipe.hard_share)
        return Verdict(hard, soft, distances, parts)

    def _teach(self, slopes: Slopes, tile: Block, weights: Tensor) -> tuple[Tensor, Tensor | None]:
        """Add the teachers, or the one made of all; weighted sum and each one's distance."""
        assert isinstance(self.loss, Divergence)
        teachers = [s.output.body for s in tile.signals if isinstance(s, CompleteSignal)]
        share = 1 - self.recipe.hard_share
        if not self.mixes:
            found = [
                slopes.add_teacher(self.loss, teacher, counted)
                for teacher, counted in zip(teachers, share * weights, strict=True)
            ]
            distances = torch.stack(found)
            return (weights * distances).sum(), distances
        each = None
        if self.distances:
            found = [compare(self.loss, tile.logits, one, tile.labels) for one in teachers]
            each = torch.stack(found)
        present = weights.sum(dim=0)
        mixed = self._mixed(weights, torch.stack([widen(teacher) for teacher in teachers]))
        return (slopes.add_teacher(self.loss, mixed, share * present) * present).sum(), each

    def _mixed(self, weights: Tensor, teachers: Tensor) -> Tensor:
        return mixed_teacher(weights, teachers, self.recipe.aggregation, self.loss.temperature)
