"""Who plays which part in an entry: student, teacher, committee, control, placebo."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtkd.fallback.choice import choose
from mtkd.fallback.validation import VALIDATION, need_validation
from mtkd.predictions import Predictions
from mtkd.results import Study, Teacher, Trial
from mtkd.results.controls import matching_control

BASE = "labels_only"
"""The control that gaps and gains are measured from."""


@dataclass(frozen=True)
class Cast:
    """One student of a run and the models it is compared with.

    Attributes:
        label: The student in words.
        teacher: The one whose quality is the measure, and to whom is handed over.
        committee: All that taught the student; the teacher alone if nobody did.
        control: The student without teachers, of the same seed.
    """

    study: Study
    student: Trial
    label: str
    teacher: Teacher
    committee: tuple[Teacher, ...]
    control: Trial


def find_cast(
    run: Path | str, student: str | None = None, teacher: str | None = None, seed: int = 0
) -> Cast:
    """The parts by name.

    Args:
        run: Folder of a run.
        student: As `mtkd fallback` takes it: a cell or control by tag or label, or a trial.
        teacher: By name; of those that taught the student, the most accurate on validation.
        seed: Of the cell.

    Raises:
        ValueError: No such student, teacher or seed, no control to compare with, or no
            validation items.
    """
    found = choose(run, student, teacher, seed)
    need_validation(found.study)
    study, trial = found.study, found.student
    taught = tuple(one for one in study.teaching if one.name in trial.committee)
    chosen = found.teacher
    if teacher is None and taught:
        chosen = max(taught, key=_accuracy)
    control = control_of(study, trial)
    return Cast(study, trial, found.label, chosen, taught or (chosen,), control)


def control_of(study: Study, trial: Trial) -> Trial:
    """The finished labels-only student that shares the trial's seed and its axes.

    Raises:
        ValueError: There is none.
    """
    found = matching_control(trial, controls(study, trial))
    if found is not None:
        return found
    raise ValueError(
        f"{study.folder} has no finished {BASE} control of seed {trial.seed} for {trial.name}, so "
        f"there is no base to measure a gap from; add {BASE} to the study's controls and run it"
    )


def controls(study: Study, trial: Trial) -> Sequence[Trial]:
    """All finished labels-only students with the trial's data, student and trainer."""
    return [
        one
        for one in study.trials
        if one.control == BASE
        and one.state == "done"
        and {axis: x for axis, x in one.cell.items() if x != "none"}.items()
        <= dict(trial.cell).items()
    ]


def _accuracy(teacher: Teacher) -> float:
    path = teacher.folder / "predictions" / f"{VALIDATION}.npz"
    said = Predictions.load(path)
    return float((said.log_probs.argmax(axis=1) == said.labels).mean())
