"""Which student and which teacher of a run folder, and what they said."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.fallback.items import Stored, independent, labelled, unlabelled
from mtkd.fallback.validation import VALIDATION, need_validation
from mtkd.metrics import Answers, same_items
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.spoken import speaks, spoken
from mtkd.results.groups import Group, gather
from mtkd.results.index import Study, Teacher, Trial, read_study
from mtkd.token_predictions import load_predictions

LISTED = 30  # students that a sentence names; a sweep has hundreds


@dataclass(frozen=True)
class Choice:
    """One deployed student and the teacher it hands over to.

    Of language models an item is a token, one of each row of text: see `one_of_each`.

    Attributes:
        label: The student in words, with its seed.
        spent: Ids of validation items that chose the student; `said` leaves them out.
    """

    study: Study
    student: Trial
    label: str
    teacher: Teacher
    spent: NDArray[np.int64] | None = None

    @property
    def calibration(self) -> str:
        """What calibrates a rule, in words."""
        return VALIDATION if self.spent is None else f"the other half of {VALIDATION}"

    def path(self, domain: str) -> Path:
        """The student's stored predictions on a domain."""
        return _path(self.student.folder, domain)

    def said(self, domain: str, known: bool = True) -> tuple[Answers, Answers]:
        """Student's and teacher's answers on a domain, `metrics.Predictions` if labels are known.

        Raises:
            ValueError: A file is missing or damaged, or the two saw other items.
        """
        if domain == VALIDATION:
            need_validation(self.study)
        paths = [_path(model.folder, domain) for model in (self.student, self.teacher)]
        found = [self._unspent(domain, load_predictions(path)) for path in paths]
        same_items({str(path): one.ids for path, one in zip(paths, found, strict=True)})
        student, teacher = (
            labelled(path, independent(one)) if known else unlabelled(independent(one))
            for path, one in zip(paths, found, strict=True)
        )
        return student, teacher

    def _unspent(self, domain: str, said: Stored) -> Stored:
        if self.spent is None or domain != VALIDATION:
            return said
        return said.take(~np.isin(said.ids, self.spent))

    def labelled(self, domain: str) -> tuple[Labelled, Labelled]:
        """The same where every item must have a label; ValueError names the file."""
        student, teacher = self.said(domain)
        assert isinstance(student, Labelled) and isinstance(teacher, Labelled)  # noqa: PT018
        return student, teacher


def choose(
    folder: Path | str, student: str | None = None, teacher: str | None = None, seed: int = 0
) -> Choice:
    """Pick by name from a run folder.

    Args:
        folder: Of a run, with `study.json`.
        student: A cell or control (its tag like C3, its label, or its trials' name without the
            seed, as `mtkd run` prints it), or a trial by id or name.
            May be left out where there is one cell. Choosing the best of many by the validation
            items that calibrate the rule would break its promise, so nobody does it here.
        teacher: By name; the one most accurate on validation, where it speaks, if left out
            (placebo excluded).
        seed: Of a cell; a deployed model is one network.

    Raises:
        ValueError: No such student, teacher or seed, with what there is.
    """
    study = read_study(folder)
    groups = gather(study)
    trial, label = _student(study, groups, student, seed)
    return Choice(study, trial, label, _teacher(study, teacher))


def _path(folder: Path, domain: str) -> Path:
    return folder / "predictions" / f"{domain}.npz"


def _student(
    study: Study, groups: Sequence[Group], name: str | None, seed: int
) -> tuple[Trial, str]:
    cells = [group for group in groups if group.role == "cell"]
    if name is None and len(cells) == 1:
        return _of_seed(cells[0], seed)
    for group in groups:
        printed = {one.name.removesuffix(f"-seed{one.seed}") for one in group.trials}
        if name is not None and name in (group.tag, group.label, group.control, *printed):
            return _of_seed(group, seed)
    for trial in study.trials:
        if trial.id == name or trial.name == name:
            if trial.state != "done":
                raise ValueError(f"trial {name} is {trial.state}, not done; run the study first")
            return trial, f"{trial.name} (seed {trial.seed})"
    known = [f"{group.tag}: {group.label}" for group in groups]
    known[LISTED:] = [f"and {len(known) - LISTED} more, see cells.csv"] * (len(known) > LISTED)
    what = "name one of several cells" if name is None else f"{name!r} is no cell and no trial"
    raise ValueError(f"--student: {what} of {study.folder}; there are {'; '.join(known) or 'none'}")


def _of_seed(group: Group, seed: int) -> tuple[Trial, str]:
    for trial in group.trials:
        if trial.seed == seed:
            return trial, f"{group.tag}: {group.label} (seed {seed})"
    seeds = ", ".join(map(str, group.seeds)) or "none"
    raise ValueError(f"--seed: {group.tag} has no finished trial of seed {seed}, only {seeds}")


def _teacher(study: Study, name: str | None) -> Teacher:
    known = ", ".join(teacher.name for teacher in study.teachers) or "none"
    if name is not None:
        for teacher in study.teachers:
            if teacher.name == name:
                return teacher
        raise ValueError(f"--teacher: {study.folder} has no teacher {name!r}, only {known}")
    if not study.teaching:
        raise ValueError(f"{study.folder} has no teacher to hand over to; its teachers: {known}")
    held_out = VALIDATION if study.validated else "clean"
    return max(study.teaching, key=lambda teacher: _accuracy(teacher, held_out))


def _accuracy(teacher: Teacher, domain: str) -> float:
    path = _path(teacher.folder, domain)
    said = labelled(path, load_predictions(path))
    return float(spoken(said).correct.mean()) if speaks(said) else -1.0
