"""Inputs shared by the tests of metrics: the reference file, and small random models."""

import json
import math
from pathlib import Path

import numpy as np

from mtkd.metrics import Committee, Inheritance, Pair, Predictions, mean_of, mean_over

REFERENCE = json.loads(
    (Path(__file__).parent.parent / "reference" / "calibration.json").read_text()
)
FIXTURES, VALUES = REFERENCE["fixtures"], REFERENCE["values"]
TAU = 0.6
"""Low enough that random models are often confidently wrong."""


def arrays(name):
    """Probabilities and labels of a fixture."""
    return np.array(FIXTURES[name]["probs"]), np.array(FIXTURES[name]["labels"])


def edge_fixture():
    """Confidences on the edges of ten bins, and whether they were right."""
    fixture = FIXTURES["E"]
    return np.array(fixture["conf"]), np.array(fixture["correct"]) == 1


def reference_models():
    """Fixture I: two teachers, student and control on 24 items with 4 classes, tau 0.9."""
    fixture = FIXTURES["I"]
    names = ("teacher1", "teacher2", "student", "control")
    return {name: Predictions(fixture[name], fixture["labels"]) for name in names}


def reference_cell(teacher):
    """Fixture I as one comparison."""
    models = reference_models()
    held = models[teacher]
    return Inheritance(Pair(held, models["student"]), Pair(held, models["control"]))


def reference_committee():
    """Fixture I as a committee of both teachers."""
    models = reference_models()
    teachers = [models["teacher1"], models["teacher2"]]
    return Committee(teachers, models["student"], models["control"])


def value_at(path):
    """The reference value below a path of keys."""
    found = VALUES
    for key in path:
        found = found[key]
    return math.nan if found is None else found


def close(metric, expected, source="numpy"):
    """Within 1e-9 of a float64 source, 2e-6 of a float32 one."""
    single = "torchmetrics" in source or "torch_uncertainty" in source
    np.testing.assert_allclose(metric.value, expected, rtol=0, atol=2e-6 if single else 1e-9)


def random_probs(rng, n, classes, sharp=3.0, step=None):
    """Random rows; with a step, probabilities are multiples of it, so that many are tied."""
    probs = rng.dirichlet(np.full(classes, 1 / sharp), size=n)
    if step is None:
        return probs
    counts = np.floor(probs / step).astype(int)
    counts[np.arange(n), probs.argmax(axis=1)] += round(1 / step) - counts.sum(axis=1)
    return counts * step


def random_models(seed, n=60, classes=4, models=4, step=None):
    """`models` independent `Predictions` on the same items, often wrong and often sure."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    return [Predictions(random_probs(rng, n, classes, step=step), labels) for _ in range(models)]


def random_cell(seed, **size):
    """A random teacher, student and control."""
    teacher, student, control = random_models(seed, models=3, **size)
    return Inheritance(Pair(teacher, student, TAU), Pair(teacher, control, TAU))


def subset(model, rows):
    """The same model on some items, in that order."""
    return Predictions(model.probs[rows], model.labels[rows])


def cell_subset(cell, rows):
    """The same comparison on some items, in that order."""
    teacher = subset(cell.teacher, rows)
    return Inheritance(
        Pair(teacher, subset(cell.student.model, rows), cell.student.tau),
        Pair(teacher, subset(cell.control.model, rows), cell.student.tau),
    )


def committee_subset(committee, rows):
    """The same committee on some items, in that order."""
    return Committee(
        [subset(teacher, rows) for teacher in committee.teachers],
        subset(committee.student, rows),
        subset(committee.control, rows),
        committee.tau,
    )


def runs_of(table):
    """Contributions of plain means, one run per row."""
    return [mean_of(row, "mean") for row in np.asarray(table, float)]


def ratios(rng, seeds, items, members):
    """Contributions over a subset of the items."""
    inside = np.arange(items) < members
    return [mean_over(rng.random(items), inside, "subset") for _ in range(seeds)]
