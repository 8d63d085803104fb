"""The primary endpoint: the double difference of confident-error inheritance, over seeds."""

from collections.abc import Sequence
from dataclasses import replace

from numpy.typing import ArrayLike

from mtkd.metrics.bootstrap import Estimate, crossed_interval
from mtkd.metrics.ceir import excess_ceir_items
from mtkd.metrics.inheritance import Inheritance, Pair
from mtkd.metrics.predictions import Predictions


def dd_ceir_estimate(
    real: Sequence[Inheritance],
    placebo: Sequence[Inheritance],
    *,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """`dd_ceir` as mean over seeds, with its interval, from prepared comparisons.

    Args:
        real: One per seed, student and control against the teacher.
        placebo: One per seed, the same students and controls against the placebo teacher.
    """
    found = crossed_interval(
        [excess_ceir_items(cell) for cell in real],
        [excess_ceir_items(cell) for cell in placebo],
        replicates=replicates,
        level=level,
        seed=seed,
    )
    fixed = all(cell.teacher is cells[0].teacher for cells in (real, placebo) for cell in cells)
    kept = "teachers fixed" if fixed else "teachers differ between seeds"
    convention = f"DD-CEIR, {kept}: {found.metric.convention} (placebo)"
    return replace(found, metric=replace(found.metric, convention=convention))


def dd_ceir_interval(
    students: Sequence[ArrayLike],
    controls: Sequence[ArrayLike],
    teacher: ArrayLike,
    placebo: ArrayLike,
    labels: ArrayLike,
    tau: float = 0.9,
    *,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """`dd_ceir_estimate` from plain arrays; teacher and placebo are fixed, not retrained per seed.

    Args:
        students: Per seed, probabilities `[n, classes]`.
        controls: Per seed, the control that shares the student's seed.
        teacher: `[n, classes]`, the raw teacher.
        placebo: `[n, classes]`, a teacher trained like it that never taught.
        labels: `[n]` integers.

    Raises:
        ValueError: Another number of controls than of students: they are compared seed by seed.
    """
    if len(students) != len(controls):
        raise ValueError(
            f"every student needs the control of its own seed, got {len(students)} students and "
            f"{len(controls)} controls"
        )
    taught, placed = Predictions(teacher, labels), Predictions(placebo, labels)
    pairs = [
        (Predictions(student, labels), Predictions(control, labels))
        for student, control in zip(students, controls, strict=True)
    ]
    real, spurious = (
        [Inheritance(Pair(source, one, tau), Pair(source, other, tau)) for one, other in pairs]
        for source in (taught, placed)
    )
    return dd_ceir_estimate(real, spurious, replicates=replicates, level=level, seed=seed)
