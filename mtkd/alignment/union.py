"""A teacher and a student side by side over the union of both vocabularies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtkd.functional import IMPOSSIBLE, cross_entropy, log_probs, widen
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, View


@dataclass(frozen=True)
class UnionSignal:
    """A teacher's opinion over its own vocabulary, to be compared by sorted differences.

    `view` puts both over the student's classes followed by the teacher's own tokens; a token
    that one side lacks is `IMPOSSIBLE` there, so that all mass of both is kept and the parts are
    told apart by that. Only a loss that is finite where one side has no mass fits:
    `mtkd.losses.vocabularies.SharedAndSorted`, `SortedL1`, which ranks shared tokens too, and
    `JensenShannon` and `TotalVariation`, which count unshared mass as different. A
    Kullback-Leibler divergence pays 1e4 nats there.

    Attributes:
        output: The teacher's output over its own classes, at the student's positions; hidden
            states and a head stay apart until a chunk is viewed.
        columns: `[classes]` the teacher's class for each class of the student, -1 where none.
        present: `[...]` booleans, false where the teacher is silent; None: it always speaks.
    """

    output: ModelOutput
    columns: Tensor
    present: Tensor | None = None

    @property
    def classes(self) -> int:
        """Number of the student's classes."""
        return len(self.columns)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the positions."""
        return self.output.shape

    def map(self, change: Callable[[Tensor], Tensor]) -> UnionSignal:
        """`change` (a slice or a selection of positions) applied to every tensor of positions."""
        present = None if self.present is None else change(self.present)
        return replace(self, output=self.output.map(change), present=present)

    def silenced(self, present: Tensor) -> UnionSignal:
        """The same signal, silent where `present` is false."""
        return replace(self, present=present)

    def finite(self) -> bool:
        """Whether every value is finite, as every formula downstream relies on."""
        return bool(self.output.body.isfinite().all())

    def dense(self) -> UnionSignal:
        """The same signal with its logits made, so that they are made only once."""
        return replace(self, output=ModelOutput(logits=self.output.dense()))

    def view(self, student_logits: Tensor, labels: Tensor, temperature: float) -> View:
        """Both over `[..., classes + the teacher's own tokens]`, at any temperature."""
        shared, own = self._parts()
        lacking = student_logits.new_full((*student_logits.shape[:-1], own.shape[-1]), IMPOSSIBLE)
        student = torch.cat([student_logits, lacking], dim=-1)
        return View(student, torch.cat([shared, own], dim=-1), labels)

    def spread(self) -> Tensor:
        """`[..., classes]` log-probabilities over the student's classes alone, for a score.

        The mass on the teacher's own tokens is divided evenly among all the student's tokens that
        the teacher lacks; if it lacks none, that mass has no place and is left out.
        """
        shared, own = self._parts()
        lacking = (self.columns < 0).to(shared.device)
        even = own.logsumexp(dim=-1, keepdim=True) - math.log(max(int(lacking.sum()), 1))
        return torch.where(lacking, even.clamp(min=IMPOSSIBLE), shared)

    def label_log_probs(self, labels: Tensor) -> Tensor:
        """`[...]` log-probability of the label; one that the teacher lacks as `spread` says."""
        return -cross_entropy(self.spread(), labels)

    def _parts(self) -> tuple[Tensor, Tensor]:
        """`[..., classes]` and `[..., own tokens]` log-probabilities; together they sum to 1."""
        log_p = log_probs(self.output.dense())
        columns = self.columns.to(log_p.device)
        own = torch.ones(log_p.shape[-1], dtype=torch.bool, device=log_p.device)
        own[columns[columns >= 0]] = False
        shared = log_p[..., columns.clamp(min=0)].masked_fill(columns < 0, IMPOSSIBLE)
        return widen(shared), log_p[..., own]


def over_classes(signal: CompleteSignal | UnionSignal) -> Tensor:
    """`[..., classes]` log-probabilities over the student's tokens."""
    return signal.spread() if isinstance(signal, UnionSignal) else log_probs(signal.output.dense())
