"""What a learned gate sees of the student, whom it asks, and how it is scored."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mtkd.functional import log_probs, normalized_entropy, widen
from mtkd.weighting.checks import check_hidden


def student_state(student_logits: Tensor, hidden: Tensor | None) -> Tensor:
    """Hidden state and uncertainty of the student, `[..., width + 3]`.

    The hidden state is brought to mean 0 and variance 1 over its width, so its scale does not
    matter; then come entropy over ln(classes), the largest probability, and its margin over the
    second, all in [0, 1].
    """
    state = check_hidden("LearnedGate", hidden)
    log_q = log_probs(student_logits)
    highest = F.pad(log_q.exp(), (0, 1)).topk(2).values
    uncertainty = torch.stack(
        [normalized_entropy(log_q), highest[..., 0], highest[..., 0] - highest[..., 1]], dim=-1
    )
    return torch.cat([F.layer_norm(widen(state), state.shape[-1:]), uncertainty], dim=-1)


def chosen_by(scores: Tensor, top: int, exploration: float, generator: torch.Generator) -> Tensor:
    """The `top` best teachers of each example, `[teacher, example]` booleans.

    With probability `exploration` the last of an example's chosen teachers gives way to one
    drawn evenly from those not chosen. Draws are made on the CPU, so that they are the same on
    every device.
    """
    teachers, examples = scores.shape
    rank = scores.argsort(dim=0, descending=True, stable=True).argsort(dim=0)
    explore = torch.rand(examples, generator=generator) < exploration
    drawn = torch.randint(top, teachers, (examples,), generator=generator)
    last = drawn.where(explore, top - 1).to(scores.device)
    return (rank < top - 1) | (rank == last)


def label_score(weights: Tensor, label_log_probs: Tensor) -> Tensor:
    """-log sum_k w_k p_k(label), `[position]` in nats; 0 where all weights are 0.

    Both arguments are `[teacher, position]`; gradients flow into the weights only.
    """
    speaks = weights > 0
    joint = weights.where(speaks, 1).log() + widen(label_log_probs.detach())
    joint = joint.masked_fill(~speaks, torch.finfo(joint.dtype).min)
    return -joint.logsumexp(0).where(speaks.any(0), 0)


def missing_entropy(weights: Tensor, floor: float, present: Tensor | None) -> Tensor:
    """How far the entropy of the weights lies below floor * ln(teachers present), in nats.

    `[position]`, at least 0, from weights `[teacher, position]`.
    """
    log_weights = weights.where(weights > 0, 1).log()
    asked = torch.ones_like(weights) if present is None else present.to(weights.dtype)
    least = floor * asked.sum(0).clamp(min=1).log()
    return (least + (weights * log_weights).sum(0)).clamp(min=0)
