"""Comparisons from two files of predictions, or two folders of trials, without a run."""

from collections.abc import Sequence

import numpy as np

from mtkd.audit.matching import matched, number_ids
from mtkd.audit.sources import find_models, shared_domains
from mtkd.audit.told import Told, read_told
from mtkd.metrics import LogRows, Predictions
from mtkd.slices.columns import with_columns
from mtkd.slices.compared import Compared, Texts
from mtkd.slices.metadata import Metadata
from mtkd.slices.models import COMMITTEE, CONTROL, PREVIOUS


def from_files(
    student: str, against: str, given: Sequence[Metadata], tau: float
) -> tuple[list[Compared], list[str]]:
    """One comparison for each labelled domain that both have, and sentences about what is left out.

    Args:
        student, against: A file, a folder of a trial, or NAME= and one of them.

    Raises:
        ValueError: One sentence with file, row and rule.
    """
    if against in (COMMITTEE, CONTROL, PREVIOUS):
        raise ValueError(
            f"--against {against} needs the folder of a run; name it, or give a file of predictions"
        )
    sources = find_models([("student", student), ("against", against)])
    domains, partly = shared_domains(sources)
    notes = [
        f"{name}: only {' and '.join(who)} answered it: left out" for name, who in partly.items()
    ]
    found: list[Compared] = []
    like: Told | None = None
    for domain in domains:
        told = {source.name: read_told(source.files[domain]) for source in sources}
        like = like or told[sources[0].name]
        if all((one.labels < 0).all() for one in told.values()):
            notes.append(f"{domain} has no labels, so nobody can be wrong there: left out")
        else:
            known, unknown = with_columns(_compare(domain, told, like, tau), given)
            found.append(known)
            notes += unknown
    if not found:
        raise ValueError(f"{student} has labels on no domain that {against} has")
    return found, notes


def _compare(domain: str, told: dict[str, Told], like: Told, tau: float) -> Compared:
    for one in told.values():
        _check_labels(one)
    both = matched(told, like)
    student, reference = (
        Predictions(LogRows(said.log_probs), said.labels, spoke=said.present)
        for said in both.values()
    )
    ids = _ordered(next(iter(told.values())).ids)
    return Compared(domain, ids, ids, like.classes, student, reference, tau=tau)


def _check_labels(told: Told) -> None:
    none = np.flatnonzero(told.labels < 0)
    if len(none):
        raise ValueError(
            f"{told.path} row {none[0] + 1} (id {told.ids[none[0]]}) has the label -1 among items "
            "with labels; nobody can be wrong there, leave it out"
        )


def _ordered(ids: Texts) -> Texts:
    """The ids in the order in which `matched` gives the items."""
    by_text = np.sort(ids)
    return by_text[np.argsort(number_ids(by_text), kind="stable")]
