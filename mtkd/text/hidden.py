"""Tokens hidden from a masked language model, which are what it predicts."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def hide(
    inputs: Tensor, learnt: Tensor, share: float, token: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Rows with some tokens replaced by the mask token, and labels at those places.

    Nothing is shifted: `labels[i]` is the token that was hidden at position i. Every chosen token
    is hidden (BERT, https://arxiv.org/abs/1810.04805, leaves or exchanges a fifth of them), and
    the same ones in every epoch, so that a teacher can be recorded.

    Args:
        inputs: `[n, length]` token ids.
        learnt: `[n, length]` labels of a causal model: tokens that are not to be learnt stay.
        share: Of the other tokens that is hidden, at least one in a row, in (0, 1).
        token: Id of the mask token.
        seed: Of the choice, which depends on a row's place too.

    Returns:
        `inputs` and `labels`, both `[n, length]`.
    """
    open_to = torch.zeros_like(inputs, dtype=torch.bool)
    open_to[:, 1:] = learnt[:, :-1] >= 0
    draws = torch.from_numpy(np.random.default_rng([seed, 40]).random(tuple(inputs.shape)))
    draws = draws.masked_fill(~open_to, 2.0)
    first = torch.nn.functional.one_hot(draws.argmin(dim=1), inputs.shape[1]).bool()
    hidden = open_to & ((draws < share) | first)
    return inputs.masked_fill(hidden, token), inputs.masked_fill(~hidden, -1)
