"""Items with known regressions: four classes, three columns of metadata, two models."""

import numpy as np

from mtkd.metrics import Predictions
from mtkd.slices import Compared

CLASSES = 4
COLUMNS = ("age", "colour", "side")


def predictions(labels, wrong, random):
    """Wrong items get another class; the confidence says nothing about it."""
    n = len(labels)
    said = np.where(wrong, (labels + random.integers(1, CLASSES, n)) % CLASSES, labels)
    sure = random.uniform(0.5, 1, n)
    probs = np.repeat(((1 - sure) / (CLASSES - 1))[:, None], CLASSES, axis=1)
    probs[np.arange(n), said] = sure
    return Predictions(probs, labels)


def world(n, seed=0, pocket=None, rate=0.1, extra=0.0, domain="clean", effect=0.5):
    """Both models are wrong on `rate` of the items, the student also on `effect` of the pocket.

    Args:
        pocket: Values by column that its items have, like {"age": "2", "side": "1"}.
        extra: Share of all items that only the student gets wrong besides.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, n)
    columns = {name: random.integers(1, 5, n).astype(str) for name in COLUMNS}
    inside = np.ones(n, bool) if pocket else np.zeros(n, bool)
    for name, value in (pocket or {}).items():
        inside &= columns[name] == value
    hit = (inside & (random.random(n) < effect)) | (random.random(n) < extra)
    student = predictions(labels, (random.random(n) < rate) | hit, random)
    reference = predictions(labels, random.random(n) < rate, random)
    ids = np.array([f"{domain}-{number}" for number in range(n)])
    names = tuple("abcd")
    return Compared(domain, ids, ids, names, student, reference, {}, columns)


def permuted(compared, order):
    """The same items in another order."""
    return Compared(
        compared.domain,
        compared.ids[order],
        compared.origins[order],
        compared.classes,
        Predictions(compared.student.probs[order], compared.student.labels[order]),
        Predictions(compared.reference.probs[order], compared.reference.labels[order]),
        {},
        {name: column[order] for name, column in compared.columns.items()},
    )
