"""The same work by other libraries: Jensen-Shannon to one teacher, value and gradients.

They are no dependencies of mtkd and are looked for, not required. To install them without
touching torch: `pip install --no-deps --target peers trl liger-kernel accelerate datasets dill
multiprocess xxhash pandas`, and put that folder on PYTHONPATH.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable

from benchmarks.problem import Problem


def trl(problem: Problem) -> Callable[[], object] | None:
    """TRL's generalized JSD loss on full logits; None if TRL is not installed."""
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    try:
        from trl.experimental.gkd import GKDTrainer
    except ImportError:
        return None
    (states, head), hidden, weight = problem.teachers[0], problem.hidden, problem.weight

    def call() -> None:
        hidden.grad = weight.grad = None
        student, teacher = hidden @ weight.T, states @ head.T
        # Its sum counts [1, position] as one sequence, as its trainer's batches are.
        loss = GKDTrainer.generalized_jsd_loss(student[None], teacher[None], reduction="sum")
        loss.backward()

    return call


def liger(problem: Problem, compiled: bool) -> Callable[[], object] | None:
    """Liger's chunked JSD loss; None if Liger is not installed."""
    try:
        from liger_kernel.chunked_loss import LigerFusedLinearJSDLoss
    except ImportError:
        return None
    loss = LigerFusedLinearJSDLoss(weight_hard_loss=0.0, weight_soft_loss=1.0, compiled=compiled)
    (states, head), hidden, weight = problem.teachers[0], problem.hidden, problem.weight

    def call() -> None:
        hidden.grad = weight.grad = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss(hidden, weight, states, head, problem.labels).backward()

    return call


PEERS: dict[str, Callable[[Problem], Callable[[], object] | None]] = {
    "TRL generalized_jsd_loss": trl,
    "Liger chunked JSD": lambda problem: liger(problem, compiled=False),
    "Liger chunked JSD, compiled": lambda problem: liger(problem, compiled=True),
}
