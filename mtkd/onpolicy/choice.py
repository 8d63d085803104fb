"""The next token, drawn with numbers that were drawn before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtkd.functional import log_probs


def uniforms(draws: Sequence[int], count: int) -> Tensor:
    """`[row, count]` float64 numbers in [0, 1); a row depends on its own draw number only.

    So what a row writes does not depend on the rows beside it, nor on how the batch was split
    over devices and accumulation steps. Numbers are float32 inside, which keeps them below 1
    after any multiplication in float64.
    """
    rows = [np.random.default_rng(draw).random(count, dtype=np.float32) for draw in draws]
    return torch.from_numpy(np.stack(rows)).double()


def choose(
    logits: Tensor, uniform: Tensor, temperature: float = 1.0, top_p: float = 1.0
) -> tuple[Tensor, Tensor]:
    """One token for each row, and the log-probability it was drawn with.

    A token is drawn from softmax(logits / temperature), cut to the fewest most likely tokens that
    hold `top_p` and renormalised (Holtzman et al. 2020, section 3.1,
    https://arxiv.org/abs/1904.09751), by inverting the cumulative distribution at `uniform`.

    Args:
        logits: `[row, classes]`.
        uniform: `[row]` in [0, 1).
        temperature: Positive.
        top_p: In (0, 1]; 1 cuts nothing.

    Returns:
        Tokens `[row]` int64 and log-probabilities `[row]` float64, of the cut distribution.
    """
    probabilities = log_probs(logits.double(), temperature).exp()
    order = None
    if top_p < 1:
        probabilities, order = probabilities.sort(dim=-1, descending=True, stable=True)
        before = probabilities.cumsum(dim=-1) - probabilities
        probabilities = probabilities.where(before < top_p, 0)
    cumulative = probabilities.cumsum(dim=-1)
    total = cumulative[:, -1:]
    # `right`: an impossible token's step has no height, so that no number can land on it.
    place = torch.searchsorted(cumulative, uniform.to(total).unsqueeze(-1) * total, right=True)
    drawn = (probabilities.gather(-1, place) / total).log().squeeze(-1)
    tokens = place if order is None else order.gather(-1, place)
    return tokens.squeeze(-1), drawn
