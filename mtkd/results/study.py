"""A whole run folder, scored: every trial, then every group of trials over its seeds."""

import os
from collections.abc import Iterable
from pathlib import Path

from mtkd.results.estimates import with_holm
from mtkd.results.expectations import verdicts
from mtkd.results.groups import Group
from mtkd.results.leave_one_out import add_removals
from mtkd.results.models import CLEAN, VALIDATION
from mtkd.results.parts import Scoring, score_all
from mtkd.results.results import Results
from mtkd.results.values import STUDENT, Key

SMALL = 40
"""Trials up to which one process is done sooner than several have started."""


def score_study(folder: Path | str, processes: int | None = None) -> Results:
    """Every number of a run folder, finished or not; what is missing is listed, not dropped.

    Args:
        folder: The run folder.
        processes: How many score at one time; None: one for each core, if there is enough to do.

    Raises:
        ValueError: The folder holds no readable `study.json` of this version.
    """
    scoring = Scoring(folder)
    results = scoring.results
    wanted = processes or (os.cpu_count() or 1 if results.total > SMALL else 1)
    parts = score_all(scoring, str(folder), min(wanted, len(scoring.groups)))
    for part in _shown(parts, len(scoring.groups)) if wanted > 1 else parts:
        results.absorb(part)
    results.best_single = _best_single(results)
    add_removals(results)
    results.estimates = with_holm(results.estimates, primary_keys(results))
    results.verdicts = verdicts(results)
    return results


def _shown(parts: Iterable[Results], count: int) -> Iterable[Results]:
    """With a progress bar on the terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    quiet = not console.is_terminal
    return track(parts, "scoring", count, console=console, transient=True, disable=quiet)


def primary_keys(results: Results) -> list[Key]:
    """The estimates that are the primary endpoint, one for each group; it may have no tests."""
    if results.declared:
        return [Key(group.tag, STUDENT, "", CLEAN, results.declared) for group in results.groups]
    if results.main is None:
        return []
    name, statistic = results.main.name, results.endpoint
    return [Key(group.tag, STUDENT, name, CLEAN, statistic) for group in results.groups]


def _best_single(results: Results) -> Group | None:
    """The single-teacher control with the highest mean validation accuracy, ties by NLL."""
    singles = [g for g in results.groups if g.control == "best_single_teacher" and g.trials]

    def quality(group: Group) -> tuple[float, float]:
        return (
            results.mean(group, STUDENT, VALIDATION, "accuracy"),
            -results.mean(group, STUDENT, VALIDATION, "nll"),
        )

    return max(singles, key=quality, default=None)
