"""Another tokenizer, its masses sent along a sparse vocabulary map."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.alignment.translate import Pooled
from mtkd.alignment.vocabulary_map import VocabularyMap
from mtkd.functional import IMPOSSIBLE


class MappedTokens(Pooled):
    """Masses of the student's tokens by a vocabulary map, all other mass in the tail.

    Args:
        classes: Classes of the student.
        vocabulary_map: Where each teacher token's mass goes.
        k: See `Pooled`.
        temperature: See `Pooled`.
        chunk: See `Pooled`.
    """

    def __init__(
        self,
        classes: int,
        vocabulary_map: VocabularyMap,
        k: int | None,
        temperature: float,
        chunk: int = 256,
    ) -> None:
        super().__init__(classes, vocabulary_map.reachable, k, temperature, chunk)
        self.map = vocabulary_map
        self._matrix = vocabulary_map.matrix(classes, int(vocabulary_map.teacher.max()) + 1)

    def pool(self, log_p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # The student's mixed precision would round the masses of these products to bfloat16.
        with torch.autocast(log_p.device.type, enabled=False):
            return self._pooled(log_p, self._fitting(log_p))

    def _pooled(self, log_p: Tensor, matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        p = log_p.exp().to(matrix.dtype)
        spread = torch.sparse.mm(matrix, p.T).T
        head = spread.topk(self.k, dim=-1)
        lost = (1 - torch.sparse.sum(matrix, dim=0).to_dense()).clamp(min=0)
        # The tail is summed over its own tokens: one minus the head would lose its precision.
        tail = spread.scatter(-1, head.indices, 0).sum(dim=-1) + p @ lost
        masses = torch.cat([head.values, tail.unsqueeze(-1)], dim=-1)
        logs = masses.clamp(min=torch.finfo(masses.dtype).tiny).log()
        outcomes = torch.where(masses > 0, logs, IMPOSSIBLE)
        return head.indices, outcomes.float(), spread.sum(dim=-1).clamp(max=1).float()

    def _fitting(self, log_p: Tensor) -> Tensor:
        """The map for a teacher with padding, where the teacher is."""
        if self._matrix.device != log_p.device or self._matrix.shape[1] != log_p.shape[-1]:
            whole = self.map.matrix(self.classes, log_p.shape[-1])
            self._matrix = whole.to(log_p.device)
        return self._matrix
