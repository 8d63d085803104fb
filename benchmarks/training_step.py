"""One whole training step of a small language model, against the loop of TRL's GKD trainer.

    python -m benchmarks.training_step            three paired steps
    python -m benchmarks.training_step --quick    one step of much smaller models: does it run?

A student of 15 million parameters, a teacher of 60 million, 32,000 classes, batches of 8 x 256
tokens, Jensen-Shannon, AdamW, gradients clipped to 1, float32. mtkd: `TokenModel` adapters and the
objective in a plain loop. TRL: the loss of its trainer (`GKDTrainer.compute_loss`, no generation)
in the same plain loop, which flatters it: its trainer adds a little. Without TRL the first is run
alone. Times are CPU seconds (on a GPU: events); added memory is the peak of a step beyond models
and optimizer, in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

import torch

from benchmarks.measure import peak_bytes, seconds
from benchmarks.steps import METHODS, QUICK, WHOLE, step


def added_memory(options: argparse.Namespace, method: str) -> int | None:
    """Bytes a step adds, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.training_step", "--peak-of", method]
    command += ["--device", options.device, *(["--quick"] if options.quick else [])]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    words = answer.stdout.split()
    return int(words[-1]) if answer.returncode == 0 and words else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small models, one step")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--peak-of", choices=METHODS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sizes, device = QUICK if options.quick else WHOLE, torch.device(options.device)
    if options.peak_of:
        call = step(options.peak_of, sizes, device)
        if call is not None:
            call()
            print(peak_bytes(call, device))
        return
    report(options, sizes, device)


def report(options: argparse.Namespace, sizes: dict, device: torch.device) -> None:
    """Time the methods in turn and print the table."""
    made = {method: step(method, sizes, device) for method in METHODS}
    calls = {method: call for method, call in made.items() if call is not None}
    taken: dict[str, list[float]] = {method: [] for method in calls}
    for round_number in range((1 if options.quick else options.rounds) + 1):
        for method, call in calls.items():
            spent = seconds(call, device)
            if round_number:
                taken[method].append(spent)
    tokens = sizes["batch"] * sizes["length"]
    print(f"{'GPU' if device.type == 'cuda' else 'CPU figures, 1 thread'}; {tokens} tokens a step")
    for method in METHODS:
        if method not in calls:
            print(f"{method:6s} not installed")
            continue
        spent = statistics.median(taken[method])
        ratio = statistics.median(
            other / one for one, other in zip(taken["mtkd"], taken[method], strict=True)
        )
        added = added_memory(options, method)
        said = "not measured here" if added is None else f"{added / 2**20:7.0f} MiB added"
        print(
            f"{method:6s}{spent:8.2f} s a step, {tokens / spent:7.0f} tokens/s, "
            f"x {ratio:5.2f} of mtkd's time, {said}",
            flush=True,
        )


if __name__ == "__main__":
    main()
