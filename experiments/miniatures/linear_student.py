"""What an overconfident teacher makes of a student that could be right.

    python -m experiments.miniatures.linear_student

x ~ N(0, I_8), three classes, truth softmax(W x) with W ~ N(0, 0.8^2), 20,000 items to learn from
and 20,000 to test on, a linear student, 3,000 Adam steps (rate .05, batch 256). The overconfident
teacher says softmax(2 W x): it is as accurate as can be, and too sure.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import torch
from torch import Tensor

from experiments.miniatures.fitting import Positions, fit
from experiments.miniatures.tables import markdown, spread
from experiments.miniatures.world import BATCH, CLASSES, FEATURES, Shuffled, World
from mtkd.functional import kl_divergence, log_probs
from mtkd.losses import DistillationLoss, ForwardKL, ReverseKL
from mtkd.metrics import ece
from mtkd.recipe import Recipe
from mtkd.weighting import TeacherWeighting, Uniform

STEPS, RATE = 3_000, 0.05


@dataclass(frozen=True)
class Outcome:
    """What students learnt, a number for each seed; `weights` are the teachers' mean weights."""

    ece: list[float]
    gap: list[float]
    accuracy: list[float]
    divergence: list[float]
    weights: list[float]


def taught(
    world: World,
    sharpness: list[float],
    hard_share: float = 0.0,
    loss: DistillationLoss | None = None,
    weighting: TeacherWeighting | None = None,
    steps: int = STEPS,
) -> Outcome:
    """Students of teachers softmax(sharpness * W x), whose probabilities are mixed.

    Args:
        world: Truths and items.
        sharpness: One number for each teacher: 1 is honest, 2 overconfident.
        hard_share: Part of the objective that comes from labels.
        loss: Forward KL if None.
        weighting: Uniform if None.
        steps: Optimizer steps.
    """
    seeds = len(world.truth)
    weight = torch.zeros(seeds, CLASSES, FEATURES, requires_grad=True)
    bias = torch.zeros(seeds, 1, CLASSES, requires_grad=True)
    shuffled = Shuffled(world)
    scales = torch.tensor(sharpness).view(-1, 1, 1, 1)

    def positions(step: int) -> Positions:
        inputs, honest, labels = shuffled.batch(step)
        return Positions(inputs @ weight.mT + bias, scales * honest, labels)

    recipe = Recipe(
        loss or ForwardKL(),
        weighting or Uniform(),
        "probabilities",
        hard_share,
        chunk=seeds * BATCH,
    )
    if sharpness:
        recipe.weighting.prepare([f"teacher {number}" for number in range(len(sharpness))])
    weights = fit([weight, bias], positions, recipe, steps, RATE)
    with torch.no_grad():
        return _tested(world, world.inputs[1] @ weight.mT + bias, weights.tolist())


def _tested(world: World, logits: Tensor, weights: list[float]) -> Outcome:
    log_q, log_p = log_probs(logits), log_probs(world.inputs[1] @ world.truth.mT)
    sure, chosen = log_q.exp().max(dim=-1)
    right = (chosen == world.labels[1]).float()
    pairs = zip(log_q.exp().numpy(), world.labels[1].numpy(), strict=True)
    return Outcome(
        ece=[ece(probabilities, labels).value for probabilities, labels in pairs],
        gap=(sure - right).mean(dim=1).tolist(),
        accuracy=right.mean(dim=1).tolist(),
        divergence=kl_divergence(log_p, log_q).mean(dim=1).tolist(),
        weights=weights,
    )


ARMS: dict[str, tuple[list[float], float, DistillationLoss]] = {
    "labels": ([], 1.0, ForwardKL()),
    "honest teacher": ([1.0], 0.0, ForwardKL()),
    "overconfident teacher": ([2.0], 0.0, ForwardKL()),
    "overconfident teacher, reverse KL": ([2.0], 0.0, ReverseKL()),
    "overconfident teacher and labels, half and half": ([2.0], 0.5, ForwardKL()),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    world = World.drawn(seeds)
    rows = []
    for name, (sharpness, hard_share, loss) in ARMS.items():
        found = taught(world, sharpness, hard_share, loss)
        columns = (found.ece, found.gap, found.accuracy, found.divergence)
        rows.append([name, *map(spread, columns)])
    print(markdown(["taught by", "ECE", "confidence - accuracy", "accuracy", "KL(truth, q)"], rows))


if __name__ == "__main__":
    main()
