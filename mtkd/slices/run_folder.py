"""Comparisons from a run folder, one for each labelled domain."""

from collections.abc import Sequence

import numpy as np

from mtkd.results.models import CLEAN
from mtkd.slices.columns import with_columns
from mtkd.slices.compared import Compared, Texts
from mtkd.slices.matching import Said, aligned, said
from mtkd.slices.metadata import Metadata, read_metadata
from mtkd.slices.models import Models


def from_run(
    models: Models, given: Sequence[Metadata], columns: Sequence[str], tau: float
) -> tuple[list[Compared], list[str]]:
    """What can be compared, and sentences about what cannot.

    Args:
        given: Metadata of the user; the run's own `metadata/<domain>.csv` comes before it.
        columns: Of the run's own metadata, to slice by; all if empty.

    Raises:
        ValueError: One sentence with file, row and rule.
    """
    found: list[Compared] = []
    notes: list[str] = []
    clean = _need(models, CLEAN)
    for domain in models.study.domains:
        if domain.kind == "ood":
            notes.append(f"{domain.name} has no labels, so nobody can be wrong there: left out")
            continue
        reference = said(models.folders, domain.name)
        if reference is None:
            notes.append(f"{domain.name}: no predictions of {models.reference}: left out")
            continue
        compared, missing = _compare(models, domain.name, reference, clean, tau)
        own = models.study.folder / "metadata" / f"{domain.name}.csv"
        stored = [read_metadata(own, columns)] if own.is_file() else []
        known, unknown = with_columns(compared, [*stored, *given])
        found.append(known)
        notes += [*missing, *unknown]
    if not found:
        raise ValueError(f"{models.reference} has predictions on no labelled domain of the run")
    return found, notes


def _need(models: Models, domain: str) -> Said:
    found = said((models.student.folder,), domain)
    if found is None:
        raise ValueError(
            f"{models.student.folder} has no predictions/{domain}.npz; the command that ran the "
            "study computes it"
        )
    return found


def _compare(
    models: Models, domain: str, reference: Said, clean: Said, tau: float
) -> tuple[Compared, list[str]]:
    student = _need(models, domain)
    teachers = {teacher.name: said((teacher.folder,), domain) for teacher in models.teachers}
    compared = Compared(
        domain=domain,
        ids=student.ids.astype(np.str_),
        origins=_origins(student, clean),
        classes=tuple(map(str, range(student.classes))),
        student=student.predictions(),
        reference=aligned(student, reference),
        teachers={name: aligned(student, one) for name, one in teachers.items() if one},
        tau=tau,
    )
    return compared, [f"{domain}: no predictions of {n}" for n, one in teachers.items() if not one]


def _origins(said: Said, clean: Said) -> Texts:
    """The clean item of each row: shifted items stand in the order of the clean ones.

    Where a domain is another set of items (of another size, or with other labels), or holds clean
    items themselves, each is its own.
    """
    shifted = np.array_equal(said.labels, clean.labels) and not np.isin(said.ids, clean.ids).any()
    return (clean.ids if shifted else said.ids).astype(np.str_)
