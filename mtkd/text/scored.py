"""Which positions of an evaluation domain are scored."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def keep_some(labels: Tensor, scored: int, seed: int) -> Tensor:
    """`labels` with at most `scored` of them kept, the others -1.

    The labelled positions, row after row, are parted into `scored` ranges of equal size, and one
    is drawn from each, so the choice is spread over the rows and depends on nothing else.

    Args:
        labels: `[n, length]`, -1 where there is none.
        scored: How many to keep, at least 1.
        seed: Of the draw.
    """
    flat = labels.flatten()
    labelled = (flat >= 0).nonzero().flatten()
    if len(labelled) <= scored:
        return labels
    edges = np.linspace(0, len(labelled), scored + 1).astype(np.int64)
    drawn = np.random.default_rng(seed).integers(edges[:-1], edges[1:])
    kept = torch.full_like(flat, -1)
    chosen = labelled[torch.from_numpy(drawn)]
    kept[chosen] = flat[chosen]
    return kept.reshape(labels.shape)
