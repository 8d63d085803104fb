"""Models that exist only as files: a teacher, a placebo, students and controls on the same items.

Each is `probs.npy`, float32 `[items, classes]`, written a block at a time. Items are easy or hard
for everybody; teacher and placebo have learned a wrong label each for a tenth of them, and the
students took over half of the teacher's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

BLOCK = 2**20
"""Numbers made at a time."""

NAMES = ("teacher", "placebo")


@dataclass(frozen=True)
class Problem:
    """Where the files are.

    Attributes:
        labels: `[items]`.
        students, controls: Names, one of each per seed.
    """

    folder: Path
    labels: np.ndarray
    students: tuple[str, ...]
    controls: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All models."""
        return *NAMES, *self.students, *self.controls

    def path(self, name: str) -> Path:
        """The file of a model."""
        return self.folder / f"{name}.npy"


def make(folder: Path, items: int, classes: int, seeds: int) -> Problem:
    """Write 2 + 2 x seeds files."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, items)
    ease = rng.normal(8.0, 3.0, items).astype(np.float32)
    planted, other = (
        np.where(rng.random(items) < 0.1, (labels + step) % classes, labels) for step in (1, 2)
    )
    taken = np.where(rng.random(items) < 0.5, planted, labels)
    students = tuple(f"student{seed}" for seed in range(seeds))
    controls = tuple(f"control{seed}" for seed in range(seeds))
    problem = Problem(folder, labels, students, controls)
    answers = {"teacher": planted, "placebo": other, **dict.fromkeys(students, taken)}
    for seed, name in enumerate(problem.names):
        said = answers.get(name, labels)
        _write(problem.path(name), said, ease, classes, np.random.default_rng([1, seed]))
    return problem


def _write(
    path: Path, said: np.ndarray, ease: np.ndarray, classes: int, rng: np.random.Generator
) -> None:
    rows = max(BLOCK // classes, 1)
    shape = {"descr": "<f4", "fortran_order": False, "shape": (len(said), classes)}
    with path.open("wb") as file:
        npy.write_array_header_1_0(file, shape)
        for start in range(0, len(said), rows):
            part = said[start : start + rows]
            logits = rng.standard_normal((len(part), classes), dtype=np.float32)
            logits[np.arange(len(part)), part] += ease[start : start + rows]
            np.exp(logits, out=logits)
            logits /= logits.sum(axis=1, keepdims=True)
            file.write(logits.tobytes())
