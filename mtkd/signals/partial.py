"""A teacher's opinion about k classes and the mass of the rest, and how it is made from logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtkd.functional import IMPOSSIBLE, log_probs, widen
from mtkd.signals.view import View


@dataclass(frozen=True)
class PartialSignal:
    """A teacher's opinion about k classes; the other classes are one tail outcome.

    Attributes:
        kept: `[..., k]` integers, distinct class indices.
        log_probs: `[..., k]`, log-probability of each kept class, not renormalised.
        log_tail: `[...]`, log-probability of all other classes together.
        classes: Number of classes of the full question.
        temperature: What the teacher's logits were divided by when this was recorded.
        present: `[...]` booleans, false where the teacher is silent; None: it always speaks.
        drawn: The classes were drawn, and their shares stand for the teacher on average only.
    """

    kept: Tensor
    log_probs: Tensor
    log_tail: Tensor
    classes: int
    temperature: float = 1.0
    present: Tensor | None = None
    drawn: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the positions."""
        return tuple(self.log_tail.shape)

    def map(self, change: Callable[[Tensor], Tensor]) -> PartialSignal:
        """`change` (a slice or a selection of positions) applied to every tensor."""
        return replace(
            self,
            kept=change(self.kept),
            log_probs=change(self.log_probs),
            log_tail=change(self.log_tail),
            present=None if self.present is None else change(self.present),
        )

    def silenced(self, present: Tensor) -> PartialSignal:
        """The same signal, silent where `present` is false."""
        return replace(self, present=present)

    def finite(self) -> bool:
        """Whether every value is finite, as every formula downstream relies on."""
        return bool(self.log_probs.isfinite().all() and self.log_tail.isfinite().all())

    def dense(self) -> PartialSignal:
        """The signal itself: there is nothing to make."""
        return self

    def view(self, student_logits: Tensor, labels: Tensor, temperature: float) -> View:
        """Student and teacher side by side over the k + 1 outcomes, at the signal's temperature.

        Both come as logits that give the pooled distribution when divided by `temperature`:
        the student is softened first and pooled then, as the teacher was.

        Raises:
            ValueError: `temperature` is not the one the signal was recorded at; a pooled tail
                cannot be softened afterwards.
        """
        if temperature != self.temperature:
            raise ValueError(
                f"a partial signal recorded at temperature {self.temperature:g} cannot be read at "
                f"temperature {temperature:g}; use that temperature or record the signal again"
            )
        pooled = coarse_grain(student_logits, self.kept, self.temperature)
        outcomes = temperature * self.outcomes()
        return View(temperature * pooled, outcomes, self.coarse_labels(labels))

    def outcomes(self) -> Tensor:
        """`[..., k + 1]` log-probabilities: the kept classes, then the tail."""
        return torch.cat([widen(self.log_probs), widen(self.log_tail).unsqueeze(-1)], dim=-1)

    def coarse_labels(self, labels: Tensor) -> Tensor:
        """`[...]` index of each label among the k + 1 outcomes; k where it is in the tail.

        A negative label stays as it is: no label is no label in the tail.
        """
        found = self.kept == labels.unsqueeze(-1)
        k = self.kept.shape[-1]
        coarse = torch.where(found.any(dim=-1), found.int().argmax(dim=-1), k)
        return torch.where(labels < 0, labels, coarse)

    def spread(self) -> Tensor:
        """`[..., classes]` log-probabilities; each class of the tail has an equal part of it."""
        even = self._even_tail().unsqueeze(-1).expand(*self.shape, self.classes)
        return even.scatter(-1, self.kept, widen(self.log_probs))

    def label_log_probs(self, labels: Tensor) -> Tensor:
        """`[...]` log-probability of the label, as `spread` has it."""
        each = torch.cat([widen(self.log_probs), self._even_tail().unsqueeze(-1)], dim=-1)
        return each.gather(-1, self.coarse_labels(labels).unsqueeze(-1)).squeeze(-1)

    def _even_tail(self) -> Tensor:
        """`[...]` log-probability of one class of the tail."""
        return widen(self.log_tail) - math.log(max(self.classes - self.kept.shape[-1], 1))


def top_k(logits: Tensor, k: int, temperature: float = 1.0) -> PartialSignal:
    """The `k` most likely classes of `softmax(logits / temperature)` and the mass of the rest.

    Raises:
        ValueError: `k` is not within 1 … classes - 1.
    """
    classes = logits.shape[-1]
    if not 1 <= k < classes:
        raise ValueError(f"k must be within 1 and {classes - 1} (classes - 1), got {k}")
    log_p = log_probs(logits, temperature)
    kept = log_p.topk(k, dim=-1)
    whole = coarse_grain(logits, kept.indices, temperature)
    return PartialSignal(kept.indices, whole[..., :-1], whole[..., -1], classes, temperature)


def coarse_grain(logits: Tensor, kept: Tensor, temperature: float = 1.0) -> Tensor:
    """`[..., k + 1]` log-probabilities of the kept classes and of all others together.

    The tail is summed over its own classes, not taken as one minus the head, so it keeps its
    precision where the head holds nearly everything. Gradients flow into `logits`.
    """
    log_p = log_probs(logits, temperature)
    head = log_p.gather(-1, kept)
    tail = log_p.scatter(-1, kept, IMPOSSIBLE).logsumexp(dim=-1, keepdim=True)
    return torch.cat([head, tail], dim=-1)
