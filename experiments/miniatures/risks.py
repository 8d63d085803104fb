"""What a student that is too small keeps of a teacher with several answers.

    python -m experiments.miniatures.risks

A next-token problem: 64 contexts, 24 tokens; in each context the teacher finds four tokens likely,
each its own, and the rest about twenty times less. The student's logits have rank 3 (a context is
three numbers), so it cannot follow. Two risks, exact over all tokens, averaged over contexts (Wen
et al. 2023, f-distill, https://aclanthology.org/2023.acl-long.605, estimated there on samples):

    likelihood risk  -E_{y ~ student} log p(y)   large where it says what the teacher would not
    coverage risk    -E_{y ~ teacher} log q(y)   large where it misses what the teacher says
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import Tensor

from experiments.miniatures.fitting import Positions, fit
from experiments.miniatures.tables import estimate, markdown
from mtkd.functional import log_probs
from mtkd.losses import DistillationLoss, ForwardKL, JensenShannon, ReverseKL, TotalVariation
from mtkd.recipe import Recipe
from mtkd.weighting import Uniform

CONTEXTS, TOKENS, ANSWERS, RANK = 64, 24, 4, 3
GAP, NOISE = 3.0, 0.5
STEPS, RATE = 1_000, 0.03
LOSSES: dict[str, DistillationLoss] = {
    "forward KL": ForwardKL(),
    "reverse KL": ReverseKL(),
    "Jensen-Shannon": JensenShannon(0.5),
    "total variation": TotalVariation(),
}


def teachers(seeds: int) -> Tensor:
    """`[seed, context, token]` logits; seed i depends on i alone."""
    found = []
    for seed in range(seeds):
        rng = torch.Generator().manual_seed(seed)
        likely = torch.rand(CONTEXTS, TOKENS, generator=rng).argsort(dim=1) < ANSWERS
        noise = torch.randn(CONTEXTS, TOKENS, generator=rng)
        found.append(GAP * likely + NOISE * noise)
    return torch.stack(found)


def risks(
    teacher: Tensor, loss: DistillationLoss, rank: int = RANK, steps: int = STEPS
) -> tuple[list[float], list[float]]:
    """Likelihood and coverage risk, in nats, of one student for each seed."""
    seeds = len(teacher)
    rng = torch.Generator().manual_seed(1)
    contexts = torch.randn(seeds, CONTEXTS, rank, generator=rng).requires_grad_()
    tokens = torch.randn(seeds, TOKENS, rank, generator=rng).requires_grad_()
    bias = torch.zeros(seeds, 1, TOKENS, requires_grad=True)
    labels = torch.zeros(seeds, CONTEXTS, dtype=torch.int64)

    def positions(step: int) -> Positions:
        return Positions(contexts @ tokens.mT + bias, teacher[None], labels)

    recipe = Recipe(loss, Uniform(), hard_share=0.0, chunk=seeds * CONTEXTS)
    recipe.weighting.prepare(["teacher"])
    fit([contexts, tokens, bias], positions, recipe, steps, RATE)
    with torch.no_grad():
        log_q, log_p = log_probs(contexts @ tokens.mT + bias), log_probs(teacher)
        likelihood = -(log_q.exp() * log_p).sum(dim=-1).mean(dim=1)
        coverage = -(log_p.exp() * log_q).sum(dim=-1).mean(dim=1)
    return likelihood.tolist(), coverage.tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rank", type=int, default=RANK)
    given = parser.parse_args()
    teacher = teachers(given.seeds)
    found = {name: risks(teacher, loss, given.rank) for name, loss in LOSSES.items()}
    head = ["loss", "likelihood risk", "coverage risk", "minus forward KL: likelihood", "coverage"]
    rows = []
    for name, both in found.items():
        differences = [
            np.subtract(mine, theirs)
            for mine, theirs in zip(both, found["forward KL"], strict=True)
        ]
        rows.append([name, *map(estimate, both), *map(estimate, differences)])
    print(markdown(head, rows))
    log_p = log_probs(teacher)
    print(f"\nThe teacher's own entropy: {float(-(log_p.exp() * log_p).sum(-1).mean()):.3f}")


if __name__ == "__main__":
    main()
