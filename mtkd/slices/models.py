"""Which two models of a run folder are compared, and where their predictions lie."""

from dataclasses import dataclass
from pathlib import Path

from mtkd.fallback.choice import Choice, choose
from mtkd.results.controls import matching_control
from mtkd.results.index import Study, Teacher, Trial

COMMITTEE, CONTROL, PREVIOUS = "committee", "control", "previous"


@dataclass(frozen=True)
class Models:
    """A student, and the folders whose mixture is its reference.

    Attributes:
        label: The student in words.
        reference: The reference in words.
        folders: One folder with predictions, or several whose probabilities are averaged.
        teachers: Those that taught the student, for slices about their mistakes.
    """

    study: Study
    student: Trial
    label: str
    reference: str
    folders: tuple[Path, ...]
    teachers: tuple[Teacher, ...]


def find_models(
    run: Path, student: str | None, against: str, previous: Path | None, seed: int
) -> Models:
    """Pick by name from a run folder.

    Args:
        student: As in `mtkd fallback`: C3, a label, K1, a trial.
        against: committee, control, previous, or another student of the same run.
        previous: Run folder, or folder of a trial, of the previous student.

    Raises:
        ValueError: There is no such model, with what there is.
    """
    chosen = choose(run, student, None, seed)
    taught = tuple(t for t in chosen.study.teachers if t.name in chosen.student.committee)
    words, folders = _reference(chosen, against, previous, student, seed)
    return Models(chosen.study, chosen.student, chosen.label, words, folders, taught)


def _reference(
    chosen: Choice, against: str, previous: Path | None, name: str | None, seed: int
) -> tuple[str, tuple[Path, ...]]:
    student, study = chosen.student, chosen.study
    if (against == PREVIOUS) != (previous is not None):
        raise ValueError(
            "--against previous and --previous FOLDER belong together: name the run, or the "
            "trial, that the previous student lies in"
        )
    if against == COMMITTEE:
        return _committee(student, study)
    if against == CONTROL:
        trial = _control(student, study)
        return f"control {trial.name} (seed {trial.seed})", (trial.folder,)
    if previous is not None:
        return _previous(previous, name, seed)
    other = choose(study.folder, against, None, seed)
    if other.student.id == student.id:
        raise ValueError(f"--against {against} is the student itself; name another model")
    return other.label, (other.student.folder,)


def _committee(student: Trial, study: Study) -> tuple[str, tuple[Path, ...]]:
    if not student.committee:
        raise ValueError(
            f"--against committee: {student.name} was taught by nobody; compare it with another "
            "student of the run, like --against C1"
        )
    folders = tuple(t.folder for t in study.teachers if t.name in student.committee)
    if len(folders) == 1:
        return f"its teacher {student.committee[0]}", folders
    return f"committee, equal mixture of {' and '.join(student.committee)}", folders


def _control(student: Trial, study: Study) -> Trial:
    """Labels only, same seed, and the same labels on the axes that the control has."""
    others = [one for one in study.trials if one.id != student.id and one.state == "done"]
    found = matching_control(student, [one for one in others if one.control == "labels_only"])
    if found is not None:
        return found
    raise ValueError(
        f"--against control: {study.folder} has no finished labels_only control for {student.name} "
        f"of seed {student.seed}; add labels_only to the study's controls"
    )


def _previous(folder: Path, name: str | None, seed: int) -> tuple[str, tuple[Path, ...]]:
    if (folder / "study.json").is_file():
        found = choose(folder, name, None, seed)
        return f"previous {found.label} of {found.study.name}", (found.student.folder,)
    if (folder / "predictions").is_dir():
        return f"previous student in {folder.name}", (folder,)
    raise ValueError(
        f"--previous {folder} holds neither study.json nor predictions/; give the folder of a run "
        "or of a trial"
    )
