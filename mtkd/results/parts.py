"""Groups of trials scored one after the other, or in several processes."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from mtkd.files import UnreadableFile, read_json
from mtkd.metrics import equal_width_bins
from mtkd.results.estimates import estimate_group
from mtkd.results.groups import Group, gather
from mtkd.results.index import Teacher, Trial, read_study
from mtkd.results.leave_one_out import CONTROL as LEAVE_ONE_OUT
from mtkd.results.models import CLEAN, Model, Reader
from mtkd.results.plain import plain_rows
from mtkd.results.results import Results
from mtkd.results.scored import Scored
from mtkd.results.scoring import Scorer
from mtkd.results.values import Problem


class Scoring:
    """What every group of trials is scored against, read once in each process.

    Attributes:
        results: The teachers' numbers.
        groups: Groups of trials that differ in their seed only.
    """

    def __init__(self, folder: Path | str) -> None:
        study = read_study(folder)
        self.results = Results(study, groups=[], main=None)
        self.reader = Reader(study)
        teachers = _read_teachers(self.results, self.reader)
        self.results.main = _main_teacher(self.results)
        self.controls = _read_controls(self.results, self.reader)
        focus = self.results.main.name if self.results.main else ""
        models = list(self.controls.values())
        self.scorer = Scorer(study, teachers, models, focus, self.results.endpoint)
        self.groups = gather(study)

    def score(self, index: int) -> Results:
        """The numbers of one group alone."""
        part = Results(self.results.study, groups=[], main=None)
        _score_group(part, self.reader, self.scorer, self.groups[index], self.controls)
        return part


def score_all(scoring: Scoring, folder: str, processes: int) -> Iterator[Results]:
    """The groups' results in order, from this process or from several."""
    count = len(scoring.groups)
    if processes < 2:
        yield from map(scoring.score, range(count))
        return
    from loky import ProcessPoolExecutor

    with ProcessPoolExecutor(processes, initializer=_open, initargs=(folder,)) as pool:
        yield from pool.map(_score_there, range(count))


_there: dict[str, Scoring] = {}


def _open(folder: str) -> None:
    _there["scoring"] = Scoring(folder)


def _score_there(index: int) -> Results:
    return _there["scoring"].score(index)


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
        results.costs |= _cost(trial)
        scored.append(scorer.score(trial, model))
        if scored[-1].kept:
            results.kept[trial.id] = scored[-1].kept
        if trial.id not in results.scored:
            results.add(scored[-1].rows)
    for trial in group.absent:
        why = trial.error or ("it has not run yet" if trial.state == "pending" else "it failed")
        results.report(Problem(f"trial {trial.name}", why))
    gone = tuple(trial for trial in group.trials if trial not in good)
    group = replace(group, trials=tuple(good), absent=group.absent + gone)
    results.groups.append(group)
    if group.control != LEAVE_ONE_OUT:  # compared with each other, see `add_removals`
        comparable = [one for one in scored if one.terms or one.single]
        results.estimates |= estimate_group(group, comparable)
    answers = [one.answers for one in scored if one.answers]
    if answers:
        sure, right = (np.concatenate(part) for part in zip(*answers, strict=True))
        results.curves[group.tag] = equal_width_bins(sure, right)


def _cost(trial: Trial) -> dict[str, dict[str, float]]:
    """Steps, seconds and operations of a trial that counted them, by its id."""
    try:
        said = read_json(trial.folder / "result.json")
    except UnreadableFile:
        return {}
    kept = ("steps", "seconds", "step_flop", "step_flop_live")
    if not isinstance(said, dict) or not set(kept) <= said.keys():
        return {}
    return {trial.id: {name: float(said[name]) for name in kept}}


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
