"""bfloat16: how much faster, and how exact."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import torch

from benchmarks.measure import middle, paired
from benchmarks.peers import PEERS
from benchmarks.problem import Problem
from mtkd.losses import JensenShannon
from mtkd.weighting import Uniform

CAPPED = "ONEDNN_MAX_CPU_ISA"


def half_precision(options: Any) -> None:
    """bfloat16 weights, Jensen-Shannon to one teacher; products in float32 on a CPU"""
    _table(options)
    if options.device.type == "cpu" and CAPPED not in os.environ:
        print("  The same on a CPU without bfloat16 units (this one is told it has none):")
        numbers = [str(options.positions), str(options.classes[0]), str(options.rounds)]
        command = [sys.executable, "-m", "benchmarks.halves", *numbers, str(options.chunk)]
        subprocess.run(command, env={**os.environ, CAPPED: "AVX512_CORE"}, check=False)


def _table(options: Any) -> None:
    problem = Problem.make(options.positions, options.classes[0], 1, torch.bfloat16, options.device)
    calls = {"mtkd": problem.ours(JensenShannon(), Uniform(), options.chunk)}
    calls |= {name: call for name, make in PEERS.items() if (call := make(problem)) is not None}
    found = paired(calls, problem.products(), options.rounds, options.device)
    small = Problem.make(256, 4000, 1, torch.bfloat16, options.device)
    exact = _gradients(_exact(small), small)
    for name, ratios in found.items():
        again = small.ours(JensenShannon(), Uniform(), 64) if name == "mtkd" else PEERS[name](small)
        assert again is not None
        error = _error(_gradients(again, small), exact)
        print(f"  {name:40s} {middle(ratios)} x products, gradient error {100 * error:5.2f} %")


def _exact(problem: Problem):
    """Jensen-Shannon of the same numbers, in float64 by autograd."""
    (states, head), loss = problem.teachers[0], JensenShannon()

    def call() -> None:
        hidden, weight = problem.hidden.double(), problem.weight.double()
        teacher = states.double() @ head.double().T
        hidden.retain_grad()
        weight.retain_grad()
        loss(hidden @ weight.T, teacher, problem.labels).sum().backward()
        problem.hidden.grad, problem.weight.grad = None, None
        problem.exact = (hidden.grad, weight.grad)

    return call


def _gradients(call, problem: Problem) -> list[torch.Tensor]:
    call()
    if problem.hidden.grad is None:
        return list(problem.exact)
    return [problem.hidden.grad.double(), problem.weight.grad.double()]


def _error(found: list[torch.Tensor], exact: list[torch.Tensor]) -> float:
    """Largest relative error of a gradient up to its scale, which libraries choose differently."""
    errors = []
    for one, other in zip(found, exact, strict=True):
        scale = (one * other).sum() / (one * one).sum()
        errors.append(float((scale * one - other).norm() / other.norm()))
    return max(errors)


class _Asked:
    """The options this file is started with again."""

    def __init__(self, positions: int, classes: int, rounds: int, chunk: int) -> None:
        self.positions, self.classes, self.rounds, self.chunk = positions, [classes], rounds, chunk
        self.device = torch.device("cpu")


if __name__ == "__main__":
    torch.set_num_threads(1)
    _table(_Asked(*(int(number) for number in sys.argv[1:])))
