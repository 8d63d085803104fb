"""What trials are held against: the teachers, the one in focus, and the labels-only students."""

import math

from mtkd.metrics import equal_width_bins
from mtkd.results.index import Teacher, Trial
from mtkd.results.models import CLEAN, Model, Reader
from mtkd.results.plain import plain_rows, spoke_rows
from mtkd.results.results import Results
from mtkd.results.values import Problem


def read_teachers(results: Results, reader: Reader) -> dict[str, Model]:
    """The readable teachers by name; their own numbers are added to `results`."""
    found = {}
    for teacher in results.study.teachers:
        try:
            found[teacher.name] = reader.read(teacher.folder)
        except ValueError as error:
            results.report(Problem(f"teacher {teacher.name}", str(error)))
            continue
        whole = found[teacher.name].raw
        results.add(spoke_rows(teacher.id, teacher.name, whole))
        said = whole.spoken()
        results.add(plain_rows(teacher.id, teacher.name, said, results.study.tau))
        if CLEAN in said.labelled:
            clean = said.labelled[CLEAN]
            results.curves[teacher.name] = equal_width_bins(clean.confidence, clean.correct)
    return found


def read_controls(results: Results, reader: Reader) -> dict[str, tuple[Trial, Model]]:
    """The labels-only student of each seed, by trial id; all others are compared with it."""
    found = {}
    for trial in results.study.trials:
        if trial.control == "labels_only" and trial.state == "done":
            try:
                found[trial.id] = trial, reader.read(trial.folder)
            except ValueError:
                continue  # reported when its own group is scored
    return found


def main_teacher(results: Results) -> Teacher | None:
    """The teacher that the endpoint names, else the one with most confident errors on clean."""
    teaching = results.study.teaching
    named = [teacher for teacher in teaching if teacher.name in results.study.endpoint.split("/")]
    if named:
        return named[0]

    def confident_errors(teacher: Teacher) -> float:
        rate = results.value(teacher.id, teacher.name, CLEAN, "confident_wrong_rate")
        return -1.0 if math.isnan(rate) else rate

    return max(teaching, key=confident_errors, default=None)
