"""The one student that a decision is about, and how it was chosen among those of a study."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtkd.fallback.items import Stored, unit
from mtkd.fallback.promise import Promise
from mtkd.fallback.rule import Rule
from mtkd.report.reading import label
from mtkd.results import STUDENT, Group, Results, Trial
from mtkd.results.models import CLEAN, VALIDATION
from mtkd.slices.halves import discovery_half
from mtkd.token_predictions import TokenPredictions, is_by_token, load_predictions

RISK, CONFIDENCE = 0.05, 0.9
"""What is asked of a student of which no rule was exported."""
FALLBACK_FILE = "fallback.json"


@dataclass(frozen=True)
class Deployed:
    """One student, one network.

    Attributes:
        teacher: Name of the one it hands over to; None: the most accurate on validation.
        promise: What is asked of its answers.
        how: Why this student, a sentence's end: "..., because ...".
        spent: Ids of validation items that chose it; they may not calibrate its rule.
        by_token: It predicts tokens of a text, so it has no fixed set of answers.
        rule: The exported rule that names it, if there is one.
    """

    group: Group
    trial: Trial
    how: str
    promise: Promise
    teacher: str | None = None
    spent: NDArray[np.int64] | None = None
    by_token: bool = False
    rule: Rule | None = None


def deployed(results: Results) -> Deployed | None:
    """The student of `fallback.json`, else the only cell, else the best on half of validation.

    Best is the lowest mean NLL over seeds; ties go to the first. The other half of validation is
    left to calibrate: items that chose a student flatter it. The network is that of the first
    seed, not of the best one. None where no student is done.
    """
    cells = [group for group in results.groups if group.role == "cell" and group.trials]
    if not cells:
        return None
    by_token = is_by_token(cells[0].trials[0].folder / "predictions" / f"{CLEAN}.npz")
    named = _exported(results, cells, by_token)
    if named is not None:
        return named
    promise = Promise(RISK, CONFIDENCE)
    if len(cells) == 1:
        alone = sum(group.role == "cell" for group in results.groups) == 1
        how = f"the only kind of student {'in this study' if alone else 'that has results'}"
        return Deployed(cells[0], cells[0].trials[0], how, promise, by_token=by_token)
    if not results.study.validated:
        return _by_reported_nll(results, cells, promise, by_token)
    return _by_half(cells, promise, by_token)


def named(results: Results, chosen: Deployed) -> str:
    """The student in words, with its tag and seed."""
    return f"{chosen.group.tag}: {label(results, chosen.group)} (seed {chosen.trial.seed})"


def _exported(results: Results, cells: Sequence[Group], by_token: bool) -> Deployed | None:
    """The student that a readable rule in the run folder is about, if it is one of the cells."""
    try:
        rule = Rule.load(results.study.folder / FALLBACK_FILE)
    except ValueError:
        return None
    for group in cells:
        for trial in group.trials:
            if rule.student.endswith(f"trial {trial.id}"):
                how = f"named by `mtkd fallback`, whose rule lies in {FALLBACK_FILE}"
                promise = Promise(rule.risk, rule.confidence)
                teacher = rule.teacher.partition(", ")[0]
                return Deployed(group, trial, how, promise, teacher, None, by_token, rule)
    return None


def _by_half(cells: Sequence[Group], promise: Promise, by_token: bool) -> Deployed:
    held_out = _held_out(cells[0].trials[0])
    units = unit(held_out)
    half = discovery_half(units.astype(np.str_))
    searched = held_out.ids[half]
    n = len(np.unique(units[half]) if by_token else searched)
    best = _lowest(cells, lambda group: _mean_nll(group, searched))
    how = (
        f"of {len(cells)} kinds the one with the lowest loss (NLL) on half of the validation "
        f"{'texts' if by_token else 'items'}, n = {n}; the other half checked it"
    )
    return Deployed(best, best.trials[0], how, promise, spent=searched, by_token=by_token)


def _by_reported_nll(
    results: Results, cells: Sequence[Group], promise: Promise, by_token: bool
) -> Deployed:
    domain = VALIDATION if results.study.validated else CLEAN
    best = _lowest(cells, lambda group: results.mean(group, STUDENT, domain, "nll"))
    how = f"of {len(cells)} kinds the one with the lowest loss (NLL) on the {domain} items"
    return Deployed(best, best.trials[0], how, promise, by_token=by_token)


def _lowest(cells: Sequence[Group], loss: Callable[[Group], float]) -> Group:
    """The first with the lowest loss; NaN counts as the highest."""
    losses = np.nan_to_num([loss(group) for group in cells], nan=np.inf, posinf=np.inf)
    return cells[int(np.argmin(losses))]


def _mean_nll(group: Group, ids: NDArray[np.int64]) -> float:
    return float(np.mean([_nll(_held_out(trial), ids) for trial in group.trials]))


def _nll(said: Stored, ids: NDArray[np.int64]) -> float:
    rows = np.flatnonzero(np.isin(said.ids, ids) & (said.labels >= 0))
    if isinstance(said, TokenPredictions):
        return float(-said.label_log_probs[rows].astype(np.float64).mean())
    return float(-said.log_probs[rows, said.labels[rows]].astype(np.float64).mean())


def _held_out(trial: Trial) -> Stored:
    return load_predictions(trial.folder / "predictions" / f"{VALIDATION}.npz")
