"""A teacher with the student's own tokenizer, its vocabulary padded to another size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkd.alignment.translate import Translation, moved
from mtkd.functional import IMPOSSIBLE
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, Signal


class SameTokens(Translation):
    """The same tokenizer: class numbers agree, classes that no token uses are impossible.

    Args:
        classes: Classes of the student.
        tokens: Token ids in use, all below `classes`.
    """

    def __init__(self, classes: int, tokens: Mapping[str, int]) -> None:
        self.classes = classes
        self.padding = torch.ones(classes, dtype=torch.bool)
        self.padding[sorted(set(tokens.values()))] = False

    def __call__(self, output: ModelOutput, places: Tensor) -> tuple[Signal, Tensor]:
        present = places >= 0
        everything = torch.ones(int(present.sum()), device=places.device)
        return CompleteSignal(self._resized(moved(output, places)), present), everything

    def _resized(self, output: ModelOutput) -> ModelOutput:
        """The same output with the student's number of classes, its head still a head."""
        head, padding = output.head, self.padding.to(output.body.device)
        if output.classes == self.classes and not padding.any():
            return output
        if head is None:
            assert output.logits is not None
            return ModelOutput(logits=_masked(output.logits, padding), hidden=output.hidden)
        grow = max(self.classes - len(head.weight), 0)
        weight = F.pad(head.weight[: self.classes], (0, 0, 0, grow))
        bias = None if head.bias is None else F.pad(head.bias[: self.classes], (0, grow))
        padded = PaddedHead(weight, bias, head.scale, head.softcap, padding)
        return ModelOutput(hidden=output.hidden, head=padded)


@dataclass(frozen=True)
class PaddedHead(OutputHead):
    """An output head with classes that no token uses.

    Attributes:
        padding: `[classes]` booleans, true where the logit is `IMPOSSIBLE`.
    """

    padding: Tensor | None = None

    def finish(self, raw: Tensor) -> Tensor:
        assert self.padding is not None
        return _masked(super().finish(raw), self.padding)

    def finish_in_place(self, raw: Tensor) -> Tensor:
        assert self.padding is not None
        return super().finish_in_place(raw).masked_fill_(self.padding, IMPOSSIBLE)


def _masked(logits: Tensor, padding: Tensor) -> Tensor:
    grow = max(len(padding) - logits.shape[-1], 0)
    resized = F.pad(logits[..., : len(padding)], (0, grow))
    return resized.masked_fill(padding, IMPOSSIBLE)
