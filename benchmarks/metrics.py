"""What measuring ten models on a million items costs, part by part, and against netcal.

    python -m benchmarks.metrics            1,000,000 items x 150 classes, ten models: 6 GB of disk
    python -m benchmarks.metrics --quick    2,000 items x 6 classes: does it run?

The models are files of probabilities, which are read with `StoredRows` and never held in memory.
Making them is not counted. Set OMP_NUM_THREADS=1 for one thread. Memory is the resident high-water
mark of the process so far, NumPy and SciPy included. netcal is looked for, not required; to install
it without touching torch: `pip install --no-deps --target peers netcal`, and put that folder on
PYTHONPATH.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.clock import Clock
from benchmarks.metric_parts import measure
from benchmarks.metric_peer import compare
from benchmarks.metric_problem import make


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="2,000 items x 6 classes, two rounds")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=4, help="students and controls; two more")
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7, help="of the comparison with netcal")
    parser.add_argument("--folder", type=Path, help="where the files are made and deleted")
    given = parser.parse_args()
    if given.quick:
        given.items, given.classes, given.rounds = 2000, 6, 2
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        problem = make(Path(folder), given.items, given.classes, given.seeds)
        models = len(problem.names)
        print(f"{models} models, {given.items} items x {given.classes} classes, float32 files")
        clock = Clock()
        measure(problem, given.replicates, clock)
        print(clock.table())
        print(f"\nAgainst netcal, CPU time, medians of {given.rounds} paired rounds")
        compare(problem, given.rounds)


if __name__ == "__main__":
    main()
