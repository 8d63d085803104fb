"""Figures that a study measured: found in its run folder, or missing, never guessed."""

import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError
from mtkd.economics.broken import broken_domains
from mtkd.economics.chosen import chosen_trials
from mtkd.economics.keys import SECTIONS
from mtkd.economics.measured import Figure, Measured
from mtkd.economics.reading import check_value
from mtkd.economics.run_files import (
    FALLBACK_FILE,
    LATENCY_FILE,
    RESULTS_FILE,
    accuracies,
    optional_json,
    result_of,
    rule_of,
)
from mtkd.fallback.validation import VALIDATION
from mtkd.results.index import Study, Trial, read_study
from mtkd.token_predictions import is_by_token

LATENCY = ("teacher_p95_ms", "student_p95_ms")


def measure(folder: Path, trial: str | None = None) -> Measured:
    """The figures of a study that economics.yaml has keys for.

    Args:
        folder: Of a run, like runs/quickstart.
        trial: The student that is meant: a cell or control by its tag (C2) or label, with all
            its seeds, or one trial by id or name; None for all students of the grid.

    Raises:
        ConfigError: It is no run folder, or has no such trial.
    """
    try:
        study = read_study(folder)
    except ValueError as error:
        raise ConfigError(f"--from: {error}") from None
    told = Measured(str(folder))
    trials = chosen_trials(study, trial)
    _student(told, trials)
    _teachers(told, study, trials if trial else ())
    _shift(told, study)
    _fallback(told, study, trial, trials)
    _latency(told, folder)
    return told


def _student(told: Measured, trials: Iterable[Trial]) -> None:
    """Size and training time of the students, from their result.json."""
    results = [result_of(trial.folder) for trial in trials]
    sizes = sorted({r["parameters"] for r in results if "parameters" in r})
    seconds = [r["seconds"] for r in results if "seconds" in r]
    none = "no finished trial has it in its result.json"
    if len(sizes) == 1:
        _add(told, "student.parameters", sizes[0], "result.json of the students")
    else:
        several = f"students of {len(sizes)} sizes; name one with --trial"
        told.missing["student.parameters"] = several if sizes else none
    if seconds:
        source = f"median wall time of {len(seconds)} trials on the machine of the run"
        _add(told, "training.gpu_hours", statistics.median(seconds) / 3600, source)
    else:
        told.missing["training.gpu_hours"] = none


def _teachers(told: Measured, study: Study, trials: Iterable[Trial]) -> None:
    """Accuracy of the best teacher that teaches, and the sizes of all."""
    asked = {name for trial in trials for name in trial.committee}
    teachers = [one for one in study.teaching if not asked or one.name in asked]
    found = accuracies(study.folder)
    known = {one.name: found[one.name] for one in teachers if one.name in found}
    key = "evidence.teacher_accuracy"
    if known:
        best = max(known, key=lambda name: known[name])
        source = f"{RESULTS_FILE}: {best} on clean, the best of {len(known)} teachers"
        _add(told, key, known[best], source)
    else:
        told.missing[key] = (
            f"no teacher's accuracy on clean in {RESULTS_FILE}; `mtkd report` writes it"
        )
    for one in teachers:
        if size := result_of(one.folder).get("parameters"):
            told.notes.append(f"teacher {one.name} has {size:,} parameters")


def _shift(told: Measured, study: Study) -> None:
    shifted = [domain.name for domain in study.domains if domain.kind == "shift"]
    key = "evidence.evaluated_on_another_distribution"
    if shifted:
        _add(told, key, True, f"study.json: {', '.join(shifted)}")
    else:
        told.missing[key] = "the study has no shifted domain"


def _fallback(told: Measured, study: Study, trial: str | None, chosen: list[Trial]) -> None:
    """What a certified rule hands over, if it is about the student that is meant."""
    share, certified = "operation.fallback_share", "evidence.certified_fallback"
    rule = rule_of(study.folder / FALLBACK_FILE)
    why = ""
    if rule is None:
        why = f"there is no {FALLBACK_FILE}; `mtkd fallback` writes it"
    elif trial and not any(rule.student.endswith(f"trial {one.id}") for one in chosen):
        why = f"{FALLBACK_FILE} is about another student, {rule.student}"
    if rule is None or why:
        told.missing |= {share: why, certified: why}
        return
    handed = rule.items - rule.accepted
    about = f"{FALLBACK_FILE}: {rule.student}"
    counted = f"{handed} of {rule.items} calibration items fall back"
    if any(is_by_token(one.folder / "predictions" / f"{VALIDATION}.npz") for one in study.trials):
        told.missing[share] = f"{about}; {counted}, which are tokens and no requests"
    else:
        _add(told, share, handed / rule.items, f"{about}; {counted}")
    _add(told, certified, rule.threshold is not None, about)
    told.broken += broken_domains(study, rule)


def _latency(told: Measured, folder: Path) -> None:
    content = optional_json(folder / LATENCY_FILE)
    for name in LATENCY:
        if content.get(name) is None:
            told.missing[f"evidence.{name}"] = f"no {name} in {LATENCY_FILE}"
        else:
            _add(told, f"evidence.{name}", content[name], LATENCY_FILE)


def _add(told: Measured, key: str, value: Any, source: str) -> None:
    """Note a figure that was found, if it can be what its key asks for."""
    section, name = key.split(".")
    checked = check_value(value, SECTIONS[section][name], f"--from: {told.folder}: {key}")
    told.found.append(Figure(key, checked, source))
