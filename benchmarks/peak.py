"""Peak memory of one method in a process of its own: `python -m benchmarks.peak mtkd 2048 32000`.

Prints the bytes beyond the returned gradients, or nothing where they cannot be known. Started
by `benchmarks.objective` for each line of its table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import torch

from benchmarks.measure import peak_bytes
from benchmarks.peers import PEERS
from benchmarks.problem import Problem
from mtkd.losses import JensenShannon
from mtkd.weighting import Uniform


def peak_of(
    method: str, positions: int, classes: int, teachers: int, chunk: int, device: torch.device
) -> int | None:
    """Bytes beyond the returned gradients, measured in a fresh process; None: not known."""
    numbers = [str(number) for number in (positions, classes, teachers, chunk)]
    command = [sys.executable, "-m", "benchmarks.peak", method, *numbers, device.type]
    # Freed blocks go back to the system at once, so that the high-water mark is exact.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    words = answer.stdout.split()
    return int(words[-1]) if answer.returncode == 0 and words else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("method", help="mtkd, or a name of benchmarks.peers.PEERS")
    for name, default in (("positions", 2048), ("classes", 32000), ("teachers", 1), ("chunk", 256)):
        parser.add_argument(name, type=int, nargs="?", default=default)
    parser.add_argument("device", nargs="?", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    device = torch.device(options.device)

    def call_for(positions: int, classes: int):
        problem = Problem.make(positions, classes, options.teachers, torch.float32, device)
        if options.method == "mtkd":
            return problem, problem.ours(JensenShannon(), Uniform(), options.chunk)
        return problem, PEERS[options.method](problem)

    problem, call = call_for(options.positions, options.classes)
    if call is None:
        return
    call()  # Libraries load and compile on their first call, which is nobody's method.
    problem.hidden.grad = problem.weight.grad = None
    found = peak_bytes(call, device)
    if found is not None:
        print(found - problem.returned())


if __name__ == "__main__":
    main()
