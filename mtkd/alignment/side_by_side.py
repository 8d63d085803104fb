"""Another tokenizer, nothing pooled: both vocabularies side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from mtkd.alignment.translate import Translation, moved
from mtkd.alignment.union import UnionSignal
from mtkd.functional import log_probs
from mtkd.outputs import ModelOutput
from mtkd.signals import Signal


class SideBySide(Translation):
    """The teacher's whole opinion, for a loss that sorts what is not shared.

    Args:
        classes: Classes of the student.
        pairs: Student token id to teacher token id.
        chunk: Positions whose logits exist at one time, while their shared mass is measured.
    """

    def __init__(self, classes: int, pairs: Mapping[int, int], chunk: int = 256) -> None:
        self.chunk = chunk
        self.columns = torch.full((classes,), -1)
        self.columns[list(pairs.keys())] = torch.tensor(list(pairs.values()))

    def __call__(self, output: ModelOutput, places: Tensor) -> tuple[Signal, Tensor]:
        present = places >= 0
        whole = moved(output, places)
        spoken = whole.map(lambda values: values[present])
        parts = range(0, int(present.sum()), self.chunk)
        masses = [self._mass(spoken, slice(start, start + self.chunk)) for start in parts]
        signal = UnionSignal(whole, self.columns.to(places.device), present)
        nothing = torch.zeros(0, device=places.device)
        return cast(Signal, signal), torch.cat([nothing, *masses])

    def _mass(self, output: ModelOutput, rows: slice) -> Tensor:
        log_p = log_probs(output.map(lambda values: values[rows]).dense())
        shared = self.columns[self.columns >= 0].to(log_p.device)
        return log_p[:, shared].logsumexp(dim=-1).exp().clamp(max=1).float()
