"""A whole run folder, scored: every trial, then every group of trials over its seeds."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from mtkd.metrics import equal_width_bins
from mtkd.results.estimates import estimate_group, with_holm
from mtkd.results.expectations import verdicts
from mtkd.results.groups import Group, gather
from mtkd.results.index import Teacher, Trial, read_study
from mtkd.results.models import CLEAN, VALIDATION, Model, Reader
from mtkd.results.plain import plain_rows
from mtkd.results.results import Results
from mtkd.results.scored import Scored
from mtkd.results.scoring import Scorer
from mtkd.results.values import STUDENT, Key, Problem


def score_study(folder: Path | str) -> Results:
    """Every number of a run folder, finished or not; what is missing is listed, not dropped.

    Raises:
        ValueError: The folder holds no readable `study.json` of this version.
    """
    study = read_study(folder)
    results = Results(study, groups=[], main=None)
    reader = Reader(study)
    teachers = _read_teachers(results, reader)
    results.main = _main_teacher(results)
    controls = _read_controls(results, reader)
    focus = results.main.name if results.main else ""
    scorer = Scorer(study, teachers, list(controls.values()), focus, results.endpoint)
    for group in gather(study):
        _score_group(results, reader, scorer, group, controls)
    results.best_single = _best_single(results)
    results.estimates = with_holm(results.estimates, primary_keys(results))
    results.verdicts = verdicts(results)
    return results


def primary_keys(results: Results) -> list[Key]:
    """The estimates that are the primary endpoint, one for each group."""
    if results.main is None:
        return []
    name, statistic = results.main.name, results.endpoint
    return [Key(group.tag, STUDENT, name, CLEAN, statistic) for group in results.groups]


def _read_teachers(results: Results, reader: Reader) -> dict[str, Model]:
    found = {}
    for teacher in results.study.teachers:
        try:
            found[teacher.name] = reader.read(teacher.folder)
        except ValueError as error:
            results.report(Problem(f"teacher {teacher.name}", str(error)))
            continue
        said = found[teacher.name].raw
        results.add(plain_rows(teacher.id, teacher.name, said, results.study.tau))
        if CLEAN in said.labelled:
            clean = said.labelled[CLEAN]
            results.curves[teacher.name] = equal_width_bins(clean.confidence, clean.correct)
    return found


def _read_controls(results: Results, reader: Reader) -> dict[str, tuple[Trial, Model]]:
    """The labels-only student of each seed, by trial id; all others are compared with it."""
    found = {}
    for trial in results.study.trials:
        if trial.control == "labels_only" and trial.state == "done":
            try:
                found[trial.id] = trial, reader.read(trial.folder)
            except ValueError:
                continue  # reported when its own group is scored
    return found


def _score_group(
    results: Results,
    reader: Reader,
    scorer: Scorer,
    group: Group,
    controls: Mapping[str, tuple[Trial, Model]],
) -> None:
    scored: list[Scored] = []
    good: list[Trial] = []
    for trial in group.trials:
        try:
            model = controls[trial.id][1] if trial.id in controls else reader.read(trial.folder)
        except ValueError as error:
            results.report(Problem(f"trial {trial.name}", str(error)))
            continue
        good.append(trial)
        scored.append(scorer.score(trial, model))
        if trial.id not in results.scored:
            results.add(scored[-1].rows)
    for trial in group.absent:
        why = trial.error or ("it has not run yet" if trial.state == "pending" else "it failed")
        results.report(Problem(f"trial {trial.name}", why))
    gone = tuple(trial for trial in group.trials if trial not in good)
    group = replace(group, trials=tuple(good), absent=group.absent + gone)
    results.groups.append(group)
    results.estimates |= estimate_group(group, [one for one in scored if one.terms])
    answers = [one.answers for one in scored if one.answers]
    if answers:
        sure, right = (np.concatenate(part) for part in zip(*answers, strict=True))
        results.curves[group.tag] = equal_width_bins(sure, right)


def _main_teacher(results: Results) -> Teacher | None:
    """The teacher that the endpoint names, else the one with most confident errors on clean."""
    teaching = results.study.teaching
    named = [teacher for teacher in teaching if teacher.name in results.study.endpoint.split("/")]
    if named:
        return named[0]

    def confident_errors(teacher: Teacher) -> float:
        rate = results.value(teacher.id, teacher.name, CLEAN, "confident_wrong_rate")
        return -1.0 if math.isnan(rate) else rate

    return max(teaching, key=confident_errors, default=None)


def _best_single(results: Results) -> Group | None:
    """The single-teacher control with the highest mean validation accuracy, ties by NLL."""
    singles = [g for g in results.groups if g.control == "best_single_teacher" and g.trials]

    def quality(group: Group) -> tuple[float, float]:
        return (
            results.mean(group, STUDENT, VALIDATION, "accuracy"),
            -results.mean(group, STUDENT, VALIDATION, "nll"),
        )

    return max(singles, key=quality, default=None)
