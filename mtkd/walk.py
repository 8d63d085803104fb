"""The walk over positions: one chunk of logits at a time, with its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkd.functional import entropy, log_probs, widen
from mtkd.gradients import GradientStore
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import Signal, per_teacher, stacked_views


class Walk:
    """Running sums and gradients of one walk over the positions.

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
        self.labels, self.examples = labels, examples
        whole = 0 < len(labels) <= self._size()
        self.gradients = GradientStore(student, recipe.loss, recipe.weighting, whole=whole)
        wide = torch.promote_types(student.body.dtype, torch.float32)
        self.zero = torch.zeros((), dtype=wide, device=student.body.device)
        self.sums: dict[str, Tensor] = {}
        self.grouped = self._grouped_weights() if self._needs_groups() else None

    def chunks(self) -> Iterator[slice]:
        """Slices that cover the positions; one slice for a loss that looks across positions."""
        count, size = len(self.labels), self._size()
        return (slice(start, min(start + size, count)) for start in range(0, count, size))

    def _size(self) -> int:
        across = bool(self.signals) and not self.recipe.loss.row_wise
        return max(len(self.labels), 1) if across else self.recipe.chunk

    def add(self, rows: slice) -> None:
        """One chunk: values, gradients, sums."""
        recipe, labels = self.recipe, self.labels[rows]
        with torch.set_grad_enabled(self.gradients.wanted):
            raw, logits = self.gradients.student_chunk(rows)
            hard = F.cross_entropy(
                widen(logits),
                labels,
                ignore_index=-1,
                reduction="sum",
                label_smoothing=recipe.label_smoothing,
            )
            soft = self._soft(rows, logits, labels) if self.signals else self.zero
            value = recipe.hard_share * hard + (1 - recipe.hard_share) * soft
            self.gradients.add_student(rows, raw, value)
        self._sum(hard=hard.detach(), soft=soft.detach())
        self._sum(loss=value if self.gradients.whole else value.detach())
        if self.detail:
            best = log_probs(logits.detach()).max(dim=-1)
            self._sum(accuracy=(best.indices == labels).sum(), confidence=best.values.exp().sum())

    def _soft(self, rows: slice, logits: Tensor, labels: Tensor) -> Tensor:
        """Weighted distance to the teachers, summed over the chunk."""
        loss, aggregation = self.recipe.loss, self.recipe.aggregation
        signals = self._signals(rows)
        present = _present(signals)
        views = stacked_views(signals, logits, labels, loss.temperature)
        with torch.set_grad_enabled(torch.is_grad_enabled() and aggregation == "distances"):
            distances = per_teacher(views, lambda view: loss(*view))
        weights = self._weights(rows, signals, logits, labels, present)
        self._learn(weights, signals, labels, distances, present)
        weights = weights.detach()
        self._sum(weight=weights.sum(dim=1))
        if self.detail:
            self._describe(signals, logits, labels, distances.detach(), present)
        if aggregation == "distances":
            return (weights * distances).sum()
        return self._mixture_distance(weights, views[0][1].teacher, logits, labels)

    def _mixture_distance(
        self, weights: Tensor, teachers: Tensor, logits: Tensor, labels: Tensor
    ) -> Tensor:
        """Distance to the one teacher made of all; 0 where no teacher speaks."""
        if self.recipe.aggregation == "logits":
            mixed = (weights.unsqueeze(-1) * teachers).sum(dim=0)
        else:
            temperature = self.recipe.loss.temperature
            log_weights = weights.clamp(min=torch.finfo(weights.dtype).tiny).log().unsqueeze(-1)
            mixed = temperature * (log_weights + log_probs(teachers, temperature)).logsumexp(dim=0)
        return (self.recipe.loss(logits, mixed, labels) * weights.sum(dim=0)).sum()

    def _needs_groups(self) -> bool:
        """Whether weights are shared by positions that may lie in different chunks."""
        if not self.signals or self.gradients.whole:
            return False
        return self.recipe.weighting.granularity != "position"

    def _signals(self, rows: slice) -> list[Signal]:
        with torch.no_grad():
            return [signal.map(lambda values: values[rows]).dense() for signal in self.signals]

    def _weights(
        self,
        rows: slice,
        signals: Sequence[Signal],
        logits: Tensor,
        labels: Tensor,
        present: Tensor | None,
    ) -> Tensor:
        """`[teacher, position]` of the chunk, with the graph of a weighting that learns."""
        if self.grouped is not None:
            return self.grouped[:, rows]
        evidence = self._evidence(rows, signals, logits, labels)
        with torch.set_grad_enabled(self.gradients.learns):
            return self.recipe.weighting.weights(evidence, present, self.examples[rows])

    @torch.no_grad()
    def _evidence(
        self, rows: slice, signals: Sequence[Signal], logits: Tensor, labels: Tensor
    ) -> Tensor:
        weighting, logits = self.recipe.weighting, logits.detach()
        hidden = None if self.student.hidden is None else self.student.hidden.detach()[rows]
        if not weighting.needs_teachers:
            return weighting.evidence(logits, logits.unsqueeze(0), labels, hidden)
        views = stacked_views(signals, logits, labels, temperature=1.0)
        return per_teacher(views, lambda view: weighting.evidence(*view, hidden))

    def _grouped_weights(self) -> Tensor:
        """Weights of all positions at once, for rules that pool over examples or the batch."""
        evidence = []
        for rows in self.chunks():
            with torch.no_grad():
                _, logits = self.gradients.student_chunk(rows)
            signals = self._signals(rows)
            evidence.append(self._evidence(rows, signals, logits, self.labels[rows]))
        with torch.set_grad_enabled(self.gradients.learns):
            return self.recipe.weighting.weights(
                torch.cat(evidence, dim=1), _present(self.signals), self.examples
            )

    def _learn(
        self,
        weights: Tensor,
        signals: Sequence[Signal],
        labels: Tensor,
        distances: Tensor,
        present: Tensor | None,
    ) -> None:
        """The weighting's own loss, from the weights and what each teacher gave the label."""
        if not self.recipe.weighting.learns:
            return
        with torch.no_grad():
            truth = torch.stack([signal.label_log_probs(labels) for signal in signals])
        with torch.set_grad_enabled(self.gradients.learns):
            own = self.recipe.weighting.own_loss(weights, truth, distances.detach(), present)
            if own is None:
                return
            if self.gradients.learns:
                self.gradients.add_weighting(own.sum())
        self._sum(own=own.sum() if self.gradients.whole else own.sum().detach())

    @torch.no_grad()
    def _describe(
        self,
        signals: Sequence[Signal],
        logits: Tensor,
        labels: Tensor,
        distances: Tensor,
        present: Tensor | None,
    ) -> None:
        views = stacked_views(signals, logits.detach(), labels, temperature=1.0)
        agreement = per_teacher(
            views, lambda view: (view.student.argmax(-1) == view.teacher.argmax(-1)).to(distances)
        )
        spread = per_teacher(views, lambda view: entropy(log_probs(view.teacher)))
        speaks = torch.ones_like(distances) if present is None else present.to(distances)
        self._sum(
            distance=(distances * speaks).sum(dim=1),
            agreement=(agreement * speaks).sum(dim=1),
            entropy=(spread * speaks).sum(dim=1),
            coverage=speaks.sum(dim=1),
        )

    def _sum(self, **values: Tensor) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums[name] + value if name in self.sums else value


def _present(signals: Sequence[Signal]) -> Tensor | None:
    """`[teacher, position]` booleans, or None when every teacher speaks everywhere."""
    if all(signal.present is None for signal in signals):
        return None
    shape = next(signal.present.shape for signal in signals if signal.present is not None)
    always = torch.ones(shape, dtype=torch.bool)
    rows = [always if s.present is None else s.present for s in signals]
    return torch.stack([row.to(rows[0].device) for row in rows])
