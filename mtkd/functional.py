"""Arithmetic on the last axis, `[..., classes]`; everything else broadcasts."""

import math

import torch
from torch import Tensor

IMPOSSIBLE = -1e4
"""Logit of a class that cannot occur: finite, so that no formula needs a mask or an eps."""

CACHED = 2**15
"""Logits of a model beyond which a CPU's cache does not hold those of several with what is made
of them: such models are taken one by one."""


def widen(values: Tensor) -> Tensor:
    """`values` in float32 or wider, so that half precision never reaches a softmax."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def log_probs(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """log softmax(logits / temperature), computed in float32 or wider."""
    wide = widen(logits)
    return (wide if temperature == 1 else wide / temperature).log_softmax(dim=-1)


def entropy(log_p: Tensor) -> Tensor:
    """H(p) of each position in nats: 0 for a certain p, ln(classes) for a uniform one."""
    return -(log_p.exp() * log_p).sum(dim=-1)


def normalized_entropy(log_p: Tensor) -> Tensor:
    """H(p) / ln(classes), in [0, 1] whatever the number of classes; 0 for one class."""
    return entropy(log_p) / max(math.log(log_p.shape[-1]), 1e-12)


def logits_entropy(logits: Tensor, normalized: bool = False) -> Tensor:
    """`entropy` of softmax(logits), or `normalized_entropy`, without their log-probabilities.

    In a third of the time of `entropy(log_probs(logits))` on a large vocabulary.
    """
    if logits.dim() > 2 and logits[0].numel() > CACHED:
        return torch.stack([logits_entropy(part, normalized) for part in logits])
    shifted = widen(logits)
    shifted = shifted - shifted.amax(dim=-1, keepdim=True)
    powers = shifted.exp()
    total = powers.sum(dim=-1)
    found = total.log() - shifted.mul_(powers).sum(dim=-1) / total
    return found / max(math.log(logits.shape[-1]), 1e-12) if normalized else found


def kl_divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """KL(p || q) of each position in nats; p and q broadcast against each other."""
    return (log_p.exp() * (log_p - log_q)).sum(dim=-1)


def cross_entropy(log_q: Tensor, labels: Tensor) -> Tensor:
    """-log q(label) of each position in nats, `[..., classes]` and `[...]` to `[...]`."""
    shape = torch.broadcast_shapes(log_q.shape[:-1], labels.shape)
    wide = log_q.expand(*shape, log_q.shape[-1])
    return -wide.gather(-1, labels.expand(shape).unsqueeze(-1)).squeeze(-1)
