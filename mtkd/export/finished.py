"""The folder of a finished trial, given as it is or as a student of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mtkd.config import load
from mtkd.fallback.choice import choose
from mtkd.files import FORMAT, read_json
from mtkd.results.index import read_study

WEIGHTS = "model.safetensors"


def find_trial(where: Path, student: str | None, seed: int | None) -> Path:
    """The folder of the trial that is meant.

    Args:
        where: Folder of a run, or of a trial.
        student: As `mtkd fallback` takes it: a cell or control by tag or label, or a trial.
        seed: Of the cell; None: 0.

    Raises:
        ValueError: Neither a run nor a trial, or no such student or seed, with what there is.
    """
    if (where / "study.json").is_file():
        teachers = read_study(where).teachers
        if not teachers:
            raise ValueError(f"{where} has no teachers; give one of its trials: {where}/trials/...")
        # A name, whichever: no teacher is needed here, and none has to be chosen by its answers.
        return choose(where, student, teachers[0].name, seed or 0).student.folder
    if not (where / "config.yaml").is_file():
        raise ValueError(
            f"{where} holds neither study.json nor config.yaml; give the folder of a run, like "
            "runs/language, or of one of its trials"
        )
    if student is not None or seed is not None:
        raise ValueError(
            f"{where} is one trial, so --student and --seed choose nothing; leave them out, or "
            "give the folder of its run"
        )
    return where


def finished_config(trial: Path) -> dict[str, Any]:
    """The config of a trial that is done and has its weights.

    Raises:
        ValueError: It is a teacher's, or not done, or a file is missing or damaged.
    """
    config = load(trial / "config.yaml")
    if "student" not in config:
        raise ValueError(
            f"{trial}/config.yaml has no student, so it is no trial; give a folder in the trials/ "
            "of a run"
        )
    result = trial / "result.json"
    found = read_json(result) if result.is_file() else None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(
            f"{trial} is not done: it has no result.json of format {FORMAT}; run its study again, "
            "which goes on where it stopped"
        )
    if not (trial / WEIGHTS).is_file():
        raise ValueError(f"{trial} has no {WEIGHTS}; delete the folder and run its study again")
    return config
