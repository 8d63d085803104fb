"""Which weights follow an overconfident teacher when an honest and an unsure one teach beside it.

    python -m experiments.miniatures.committee

The world of `linear_student`. Three teachers, softmax(c W x) with c = 1 (honest), 2 (overconfident)
and 0.5 (underconfident), equally accurate; their probabilities are mixed, no labels.
"""

from __future__ import annotations

import argparse

import numpy as np
from torch import Tensor

from experiments.miniatures.linear_student import taught
from experiments.miniatures.tables import markdown, spread
from experiments.miniatures.world import World
from mtkd.functional import entropy, log_probs
from mtkd.weighting import (
    InverseCrossEntropy,
    MinCrossEntropy,
    TeacherCrossEntropy,
    TeacherEntropy,
    TeacherMaxProbability,
    TeacherWeighting,
    Uniform,
)

SHARPNESS = [1.0, 2.0, 0.5]
OVERCONFIDENT = 1


class UnsureFirst(TeacherWeighting):
    """The less sure a teacher, the more it counts: softmax(H_k). A rule of a user's own."""

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        return entropy(log_probs(teacher_logits))


WEIGHTINGS: dict[str, TeacherWeighting] = {
    "uniform": Uniform(),
    "EBKD": TeacherEntropy(),
    "CA-MKD": InverseCrossEntropy(),
    "NeMo-RL entropy, each position": TeacherEntropy(form="softmax"),
    "NeMo-RL max_prob, each position": TeacherMaxProbability(),
    "NeMo-RL ce, each batch": TeacherCrossEntropy(granularity="example"),
    "softmax(H), each position": UnsureFirst(),
    "smallest CE, each position": MinCrossEntropy(granularity="position"),
    "smallest entropy, each position": TeacherEntropy(form="softmax", sharpness=1e4),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    world = World.drawn(parser.parse_args().seeds)
    rows = []
    for name, weighting in WEIGHTINGS.items():
        found = taught(world, SHARPNESS, weighting=weighting)
        gap = f"{np.mean(found.gap):+.3f}"
        rows.append([name, spread(found.ece), gap, f"{found.weights[OVERCONFIDENT]:.3f}"])
    head = ["weighting", "ECE", "confidence - accuracy", "weight of the overconfident"]
    print(markdown(head, rows))


if __name__ == "__main__":
    main()
