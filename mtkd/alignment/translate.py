"""A teacher's distribution over its own vocabulary, said in the student's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from operator import itemgetter

import torch
from torch import Tensor

from mtkd.functional import IMPOSSIBLE, log_probs
from mtkd.outputs import ModelOutput
from mtkd.signals import PartialSignal, Signal


class Translation(ABC):
    """From a teacher's output at its positions to a signal at the student's."""

    @abstractmethod
    def __call__(self, output: ModelOutput, places: Tensor) -> tuple[Signal, Tensor]:
        """The signal, and the mass that reaches single tokens of the student.

        Args:
            output: The teacher's, `[batch, length of the teacher]`.
            places: `[batch, length]` teacher position for each student position; -1: silent.

        Returns:
            The signal over the student's classes at `[batch, length]`, and one number for each
            position that is not silent, in [0, 1].
        """


class Pooled(Translation):
    """A partial signal: some of the student's tokens, and one tail for all other mass.

    Args:
        classes: Classes of the student.
        reachable: How many of them the teacher can speak about.
        k: How many of the most likely ones to keep; None: all of them. One class always stays
            in the tail, so that the teacher's other mass has somewhere to go.
        temperature: Divides the teacher's logits before masses are pooled.
        chunk: Positions whose logits exist at one time.
    """

    def __init__(
        self, classes: int, reachable: int, k: int | None, temperature: float, chunk: int = 256
    ) -> None:
        self.classes, self.temperature, self.chunk = classes, temperature, chunk
        self.k = min(k or reachable, reachable, classes - 1)

    def __call__(self, output: ModelOutput, places: Tensor) -> tuple[Signal, Tensor]:
        present = places >= 0
        rows = output.map(lambda values: values[present.nonzero()[:, 0], places[present]])
        count = int(present.sum())
        silent = torch.arange(self.k, device=places.device)
        kept = silent.expand(*places.shape, self.k).clone()
        outcomes = torch.zeros(*places.shape, self.k + 1, device=places.device)
        outcomes = outcomes.log_softmax(dim=-1)
        masses = torch.zeros(count, device=places.device)
        chosen, values = kept[present], outcomes[present]
        for start in range(0, count, self.chunk):
            part = slice(start, start + self.chunk)
            logits = rows.map(itemgetter(part)).dense()
            log_p = log_probs(logits, self.temperature)
            chosen[part], values[part], masses[part] = self.pool(log_p)
        kept[present], outcomes[present] = chosen, values
        head, tail = outcomes[..., :-1], outcomes[..., -1]
        signal = PartialSignal(kept, head, tail, self.classes, self.temperature, present)
        return signal, masses

    @abstractmethod
    def pool(self, log_p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of `[position, classes of the teacher]` log-probabilities.

        Returns:
            `[position, k]` classes of the student, `[position, k + 1]` log-masses with the tail
            last, and `[position]` mass on all the student's tokens that the teacher can reach.
        """


class SharedTokens(Pooled):
    """Another tokenizer: exact masses of shared tokens, all other mass in the tail.

    Args:
        classes: Classes of the student.
        pairs: Student token id to teacher token id.
        k: See `Pooled`.
        temperature: See `Pooled`.
        chunk: See `Pooled`.
    """

    def __init__(
        self,
        classes: int,
        pairs: Mapping[int, int],
        k: int | None,
        temperature: float,
        chunk: int = 256,
    ) -> None:
        super().__init__(classes, len(pairs), k, temperature, chunk)
        self.student_ids = torch.tensor(list(pairs.keys()))
        self.teacher_ids = torch.tensor(list(pairs.values()))

    def pool(self, log_p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        theirs = self.teacher_ids.to(log_p.device)
        shared = log_p[:, theirs]
        head = shared.topk(self.k, dim=-1)
        # The tail is summed over its own tokens: one minus the head would lose its precision.
        rest = log_p.scatter(-1, theirs[head.indices], IMPOSSIBLE)
        tail = rest.logsumexp(dim=-1, keepdim=True)
        kept = self.student_ids.to(log_p.device)[head.indices]
        mass = shared.logsumexp(dim=-1).exp().clamp(max=1)
        return kept, torch.cat([head.values, tail], dim=-1).float(), mass.float()


def moved(output: ModelOutput, places: Tensor) -> ModelOutput:
    """A teacher's output at the student's positions, 0 where `places` is -1; no logits made."""
    example = torch.arange(len(places), device=places.device).unsqueeze(-1)
    silent = (places < 0).unsqueeze(-1)
    return output.map(lambda values: values[example, places.clamp(min=0)].masked_fill(silent, 0))
