"""From evidence to weights: who is present, groups of positions, means, the final softmax."""

from collections.abc import Callable

import torch
from torch import Tensor

GRANULARITIES = ("position", "example", "batch")


def presence(evidence: Tensor, present: Tensor | None, teachers: int, owner: str) -> Tensor:
    """`present`, or everybody everywhere, `[teacher, position]`, checked against the evidence.

    `teachers` is the number the weighting `owner` was prepared for; 0 if it was not.
    """
    rows, positions = evidence.shape[:2]
    known = teachers or (rows if present is None else len(present))
    if present is None:
        present = evidence.new_ones(known, positions, dtype=torch.bool)
    if present.shape != (known, positions) or rows not in (1, known):
        raise ValueError(
            f"{owner} weighs {known} teachers at {positions} positions, got evidence of shape "
            f"{tuple(evidence.shape)} and present of shape {tuple(present.shape)}; both are "
            "[teacher, position], in the order of the names given to prepare()"
        )
    return present.bool()


def group_of_each(
    granularity: str, examples: Tensor | None, evidence: Tensor
) -> tuple[Tensor | None, int]:
    """Each position's group, `[position]`, counted from 0 without gaps, and how many there are.

    Examples are numbered in ascending order of their ids; without ids every position is an
    example of its own. None: each position is a group, in order.
    """
    positions = evidence.shape[1]
    if examples is not None and examples.shape != (positions,):
        raise ValueError(
            f"examples must hold one id for each of the {positions} positions, got shape "
            f"{tuple(examples.shape)}"
        )
    if granularity == "batch":
        return torch.zeros(positions, dtype=torch.int64, device=evidence.device), 1
    if granularity == "example" and examples is not None:
        ids, group = torch.unique(examples, return_inverse=True)
        return group, len(ids)
    return None, positions


def mean_over_groups(
    evidence: Tensor, present: Tensor, group: Tensor | None, groups: int
) -> tuple[Tensor, Tensor]:
    """Mean of the evidence over those positions of each group where its teacher is present.

    Args:
        evidence: `[teacher or 1, position, *extra]`; where the teacher is absent (for a single
            row: where all are) its value is never read, so it may be NaN there.
        present: `[teacher, position]` booleans.
        group: `[position]`; with `groups` the answer of `group_of_each`.

    Returns:
        The means `[teacher or 1, group, *extra]`, 0 for a teacher absent from the whole group,
        and who is present anywhere in it, `[teacher, group]`.
    """
    extra = (1,) * (evidence.ndim - 2)
    read = present if len(evidence) == len(present) else present.any(0, keepdim=True)
    kept = evidence.where(read.reshape(*read.shape, *extra), 0)
    if group is None:
        return kept, present
    sums = kept.new_zeros(len(kept), groups, *kept.shape[2:]).index_add(1, group, kept)
    counts = kept.new_zeros(len(kept), groups).index_add(1, group, read.to(kept.dtype))
    means = sums / counts.clamp(min=1).reshape(*counts.shape, *extra)
    hits = kept.new_zeros(len(present), groups).index_add(1, group, present.to(kept.dtype))
    return means, hits > 0


def normalise(scores: Tensor, present: Tensor) -> Tensor:
    """Softmax over the present teachers, `[teacher, position]`; absent ones get exactly 0.

    A score of -inf is a weight of 0. If that leaves nobody (a rule gave all its weight to
    teachers that are absent here), the present ones share equally. Where no teacher is present
    all weights are 0.
    """
    wanted = scores.clamp(min=torch.finfo(scores.dtype).min)
    return wanted.masked_fill(~present, -torch.inf).softmax(0).where(present, 0)


def weigh(
    evidence: Tensor,
    present: Tensor,
    group: Tensor | None,
    groups: int,
    scores: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    """Weights `[teacher, position]` of a rule's `scores`, one set for each group."""
    # Mixed precision would run a rule's matrix products in half precision.
    with torch.autocast(evidence.device.type, enabled=False):
        pooled, present_in_group = mean_over_groups(evidence, present, group, groups)
        log_weights = scores(pooled, present_in_group)
        each = log_weights.expand(len(present), -1)
        return normalise(each if group is None else each[:, group], present)
