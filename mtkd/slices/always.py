"""The attributes that every comparison has: class, confusion, confidence, length, metadata.

A slice must not be chosen by what makes the student look bad. Among items that the *student* is
unsure of, it errs more than any equally good model, and among items that it calls 3 it is never
better than the reference on other classes. So attributes about what was said treat student and
reference alike (their mean confidence, a confusion by either), and under the hypothesis that both
are equally good, McNemar's test is exact in every slice. What a teacher said is a third opinion.
"""

import numpy as np

from mtkd.metrics import Predictions
from mtkd.metrics.base import Booleans
from mtkd.slices.attributes import FIFTHS, Attribute, by_quantile, by_value, of_column
from mtkd.slices.compared import Compared


def attributes(compared: Compared) -> list[Attribute]:
    """All of them; those that have the same value for every item tell nothing and are left out."""
    found = [
        by_value("label", "class", compared.label_names),
        *(of_column(name, column) for name, column in compared.columns.items()),
        confusion(compared),
        mean_confidence(compared),
        *(teacher_mistake(compared, name) for name in compared.teachers),
        *(teacher_confidence(compared, name) for name in compared.teachers),
    ]
    return [one for one in found if len(one.values) > 1 or (one.codes < 0).any()]


def confusion(compared: Compared) -> Attribute:
    """Which class was taken for which, by the student, by the reference or by both."""
    return _mistakes(
        "confusion",
        "confusion",
        compared,
        (compared.student, compared.reference),
        "{} taken for {}",
    )


def mean_confidence(compared: Compared) -> Attribute:
    """Fifths of the mean of both models' confidence."""
    both = (compared.student.confidence + compared.reference.confidence) / 2
    return by_quantile("mean confidence", "confidence", both, FIFTHS)


def teacher_mistake(compared: Compared, name: str) -> Attribute:
    """Which class a teacher took for which, confident or not."""
    said = compared.teachers[name]
    return _mistakes(f"mistakes of {name}", "teacher", compared, (said,), name + " takes {} for {}")


def teacher_confidence(compared: Compared, name: str) -> Attribute:
    """One value: the items that a teacher gets wrong with confidence of at least tau."""
    codes = np.where(confidently_wrong(compared, name), 0, -1)[None]
    values = (f"{name} confidently wrong",)
    return Attribute(f"confident mistakes of {name}", "teacher", codes.astype(np.int64), values)


def confidently_wrong(compared: Compared, name: str) -> Booleans:
    """`[item]`: the teacher is wrong with confidence of at least tau."""
    said = compared.teachers[name]
    return said.wrong & said.confident(compared.tau)


def _mistakes(
    name: str, kind: str, compared: Compared, models: tuple[Predictions, ...], words: str
) -> Attribute:
    size = len(compared.classes)
    pairs = np.stack(
        [np.where(said.wrong, said.labels * size + said.predicted, -1) for said in models]
    )
    distinct = np.unique(pairs[pairs >= 0])
    codes = np.where(pairs >= 0, np.searchsorted(distinct, pairs), -1)
    names = compared.classes
    values = tuple(words.format(names[pair // size], names[pair % size]) for pair in distinct)
    return Attribute(name, kind, codes.astype(np.int64), values)
