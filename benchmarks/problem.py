"""The work that is measured: hidden states and heads of a student and its teachers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkd.losses import DistillationLoss
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.weighting import TeacherWeighting

STUDENT, TEACHER, SPREAD = 896, 2048, 3.0


@dataclass
class Problem:
    """Random hidden states and heads; logits have standard deviation `SPREAD`.

    Attributes:
        hidden: `[position, 896]` and `weight` `[classes, 896]`, the student's, with gradients.
        teachers: Hidden states `[position, 2048]` and head `[classes, 2048]` of each.
        labels: `[position]`.
        compile: Whether mtkd's objective is compiled.
    """

    hidden: Tensor
    weight: Tensor
    teachers: list[tuple[Tensor, Tensor]]
    labels: Tensor
    compile: bool = False

    @classmethod
    def make(
        cls, positions: int, classes: int, teachers: int, dtype: torch.dtype, device: torch.device
    ) -> Problem:
        """The same numbers for the same sizes."""
        rng = torch.Generator().manual_seed(0)

        def draw(rows: int, width: int, scale: float = 1.0) -> Tensor:
            return (torch.randn(rows, width, generator=rng) * scale).to(device, dtype)

        def head(width: int) -> Tensor:
            return draw(classes, width, SPREAD / width**0.5)

        return cls(
            draw(positions, STUDENT).requires_grad_(),
            head(STUDENT).requires_grad_(),
            [(draw(positions, TEACHER), head(TEACHER)) for _ in range(teachers)],
            torch.randint(classes, (positions,), generator=rng).to(device),
        )

    @property
    def device(self) -> torch.device:
        """Where it lies."""
        return self.hidden.device

    def returned(self) -> int:
        """Bytes of the gradients that every method returns."""
        leaves = (self.hidden, self.weight)
        return sum(leaf.numel() * leaf.element_size() for leaf in leaves)

    def products(self) -> Callable[[], object]:
        """The matrix products nobody can avoid, each in one call on warm memory, in float32.

        Logits of the student and of each teacher, and the gradients of hidden states and head.
        On a GPU they are made in the tensors' own type.
        """
        dtype = self.hidden.dtype if self.device.type == "cuda" else torch.float32
        hidden, weight = (leaf.detach().to(dtype) for leaf in (self.hidden, self.weight))
        teachers = [(h.to(dtype), w.to(dtype)) for h, w in self.teachers]
        logits = hidden.new_empty(len(hidden), len(weight))
        by_hidden, by_weight = torch.empty_like(hidden), torch.empty_like(weight)

        def call() -> None:
            torch.mm(hidden, weight.t(), out=logits)
            for states, head in teachers:
                torch.mm(states, head.t(), out=logits)
            torch.mm(logits, weight, out=by_hidden)
            torch.mm(logits.t(), hidden, out=by_weight)

        return call

    def ours(
        self,
        loss: DistillationLoss,
        weighting: TeacherWeighting,
        chunk: int,
        hard_share: float = 0.0,
    ) -> Callable[[], object]:
        """mtkd's objective and its gradients."""
        names = [f"teacher {index}" for index in range(len(self.teachers))]
        weighting.prepare(names or ["nobody"], STUDENT)
        recipe = Recipe(loss, weighting, hard_share=hard_share, chunk=chunk, compile=self.compile)
        examples = torch.arange(len(self.labels), device=self.device)

        def call() -> None:
            self.hidden.grad = self.weight.grad = None
            signals = [
                CompleteSignal(ModelOutput(hidden=states, head=OutputHead(head)))
                for states, head in self.teachers
            ]
            student = ModelOutput(hidden=self.hidden, head=OutputHead(self.weight))
            found = distillation_objective(student, signals, self.labels, examples, recipe)
            found.loss.backward()

        return call
