"""What the objective costs over the matrix products nobody can avoid, and against other libraries.

    python -m benchmarks.objective              the whole table: about an hour on one quiet core
    python -m benchmarks.objective --quick      small sizes, one round: does it run?
    python -m benchmarks.objective --section peers --section memory

Student of width 896, teachers of width 2048, value and gradients of hidden states and head.
`x products` is the time over that of the matrix products alone, in one call each on warm memory
and always in float32 on a CPU; `logit matrices` is the peak memory beyond the returned gradients,
in units of positions x classes float32 numbers. Medians of paired rounds. Compare within one run
only.
"""

from __future__ import annotations

import argparse

import torch

from benchmarks.sections import SECTIONS, Options


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="256 positions x 4000, one round")
    parser.add_argument("--section", action="append", choices=sorted(SECTIONS), help="default: all")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        help="of divergences and weightings, the rows whose names hold one of these",
    )
    parser.add_argument("--positions", type=int, default=2048)
    parser.add_argument("--classes", type=int, nargs="+", default=[32000, 151936])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="recipes with compile: true")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    if given.quick:
        given.positions, given.classes, given.rounds = 256, [4000], 1
        given.chunk = 64
    torch.set_num_threads(given.threads)
    options = Options(
        given.positions,
        given.classes,
        given.rounds,
        given.chunk,
        torch.device(given.device),
        given.compile,
        tuple(given.only),
    )
    what = torch.cuda.get_device_name() if options.device.type == "cuda" else "CPU"
    print(f"{what}, {given.threads} thread(s), {given.positions} positions, chunk {given.chunk}")
    if options.device.type == "cpu":
        print("No GPU is used: these are CPU figures.")
    for name in given.section or SECTIONS:
        print(f"\n{SECTIONS[name].__doc__.splitlines()[0]}", flush=True)
        SECTIONS[name](options)


if __name__ == "__main__":
    main()
