"""One group of trials: each scored, all of them over their seeds, and what is missing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from mtkd.files import UnreadableFile
from mtkd.metrics import equal_width_bins
from mtkd.results.costs import costs_of
from mtkd.results.estimates import estimate_group
from mtkd.results.groups import Group
from mtkd.results.index import Trial
from mtkd.results.leave_one_out import CONTROL as LEAVE_ONE_OUT
from mtkd.results.models import Model, Reader
from mtkd.results.results import Results
from mtkd.results.scored import Scored
from mtkd.results.scoring import Scorer
from mtkd.results.values import Problem


def score_group(
    results: Results,
    reader: Reader,
    scorer: Scorer,
    group: Group,
    controls: Mapping[str, tuple[Trial, Model]],
) -> None:
    """Add the numbers of a group; a trial that cannot be read is reported as absent.

    `controls` are the labels-only students, by trial id; they were read before.
    """
    good: list[Trial] = []
    scored: list[Scored] = []
    for trial, model in _read(results, reader, group, controls):
        good.append(trial)
        scored.append(scorer.score(trial, model))
        _add_trial(results, trial, scored[-1])
    for trial in group.absent:
        why = trial.error or ("it has not run yet" if trial.state == "pending" else "it failed")
        results.report(Problem(f"trial {trial.name}", why))
    gone = tuple(trial for trial in group.trials if trial not in good)
    group = replace(group, trials=tuple(good), absent=group.absent + gone)
    results.groups.append(group)
    _add_over_seeds(results, group, scored)


def _read(
    results: Results,
    reader: Reader,
    group: Group,
    controls: Mapping[str, tuple[Trial, Model]],
) -> Iterator[tuple[Trial, Model]]:
    """The models that can be read, each when its turn comes; the others are reported."""
    for trial in group.trials:
        try:
            model = controls[trial.id][1] if trial.id in controls else reader.read(trial.folder)
        except ValueError as error:
            results.report(Problem(f"trial {trial.name}", str(error)))
            continue
        yield trial, model


def _add_trial(results: Results, trial: Trial, scored: Scored) -> None:
    with suppress(UnreadableFile):  # the report says so
        costs = costs_of(trial)
        results.costs |= {trial.id: costs} if costs else {}
    if scored.kept:
        results.kept[trial.id] = scored.kept
    if trial.id not in results.scored:
        results.add(scored.rows)


def _add_over_seeds(results: Results, group: Group, scored: Sequence[Scored]) -> None:
    """Estimates, and one reliability curve of all seeds."""
    if group.control != LEAVE_ONE_OUT:  # compared with each other, see `add_removals`
        comparable = [one for one in scored if one.terms or one.single]
        results.estimates |= estimate_group(group, comparable)
    answers = [one.answers for one in scored if one.answers]
    if answers:
        sure, right = (np.concatenate(part) for part in zip(*answers, strict=True))
        results.curves[group.tag] = equal_width_bins(sure, right)
