"""The shortest vector in a capped convex hull, exactly, for a handful of vectors."""

import math
from functools import cache
from itertools import product

import torch
from torch import Tensor

RIDGE = 1e-10
"""Preference for equal weights, relative to the squared lengths: decides only between ties."""

SYSTEMS = 100_000
"""Linear systems solved at once, so that memory stays small however many groups there are."""


def min_norm(vectors: Tensor, present: Tensor, cap: float) -> Tensor:
    """Weights w that minimise ||sum_k w_k v_k||, sum to 1 and lie in [0, cap].

    At the minimum each weight is 0, at the cap or free; for each such pattern the free weights
    solve a linear system. All patterns are tried and the best feasible one is the minimum:
    exact and without a stopping rule, for the price of up to 3^teachers small systems. Solved
    in float64 on the CPU, because patterns are told apart by small differences.

    Args:
        vectors: `[group, teacher, classes]`.
        present: `[group, teacher]` booleans; absent teachers get 0.
        cap: In (0, 1]; counts as 1 / (teachers present) where it is less.

    Returns:
        `[group, teacher]` in the vectors' dtype; 0 where no teacher is present.
    """
    wide = vectors.to("cpu", torch.float64)
    gram = wide @ wide.transpose(1, 2)
    here = present.cpu()
    caps = here.sum(1).clamp(min=1).to(gram.dtype).reciprocal().clamp(min=cap)
    free, full = _patterns(here.shape[1], max(cap, 1 / here.shape[1]))
    size = max(1, SYSTEMS // len(free))
    parts = [
        _solve(*part, free, full)
        for part in zip(gram.split(size), here.split(size), caps.split(size), strict=True)
    ]
    return torch.cat(parts).to(vectors.device, vectors.dtype)


@cache
def _patterns(teachers: int, cap: float) -> tuple[Tensor, Tensor]:
    """Which weights are free and which are at the cap, `[pattern, teacher]` each.

    At least one is free and those at the cap leave something for it: corners are covered, too.
    """
    most = math.ceil(1 / cap - 1e-9) - 1
    kinds = [
        kind
        for kind in product(("zero", "free", "full"), repeat=teachers)
        if "free" in kind and kind.count("full") <= most
    ]
    free = torch.tensor([[one == "free" for one in kind] for kind in kinds])
    full = torch.tensor([[one == "full" for one in kind] for kind in kinds])
    return free, full


def _solve(gram: Tensor, present: Tensor, caps: Tensor, free: Tensor, full: Tensor) -> Tensor:
    """`[group, teacher]` from Gram matrices `[group, teacher, teacher]`, over all patterns."""
    teachers = gram.shape[-1]
    scale = gram.diagonal(dim1=1, dim2=2).amax(1).clamp(min=torch.finfo(gram.dtype).tiny)
    ridged = gram / scale[:, None, None] + RIDGE * torch.eye(teachers, dtype=gram.dtype)
    fixed = full * caps[:, None, None]
    # Free rows: (G w)_k + multiplier = 0; other rows: w_k = its bound; last row: sum w = 1.
    top = torch.where(free[..., None], ridged[:, None], torch.eye(teachers, dtype=gram.dtype))
    system = torch.zeros(*top.shape[:2], teachers + 1, teachers + 1, dtype=gram.dtype)
    system[..., :teachers, :teachers] = top
    system[..., :teachers, teachers] = free.to(gram.dtype)
    system[..., teachers, :teachers] = 1
    right = torch.cat([fixed, torch.ones_like(fixed[..., :1])], -1)
    weights = torch.linalg.solve(system, right)[..., :teachers]
    bound = caps[:, None, None] * present[:, None]
    inside = ((weights >= -1e-9) & (weights <= bound + 1e-9)).all(-1)
    length = torch.einsum("gpk,gkj,gpj->gp", weights, ridged, weights)
    best = length.masked_fill(~inside, float("inf")).argmin(1)
    chosen = weights[torch.arange(len(best)), best].clamp(min=0)
    return torch.minimum(chosen, caps[:, None]) * present
