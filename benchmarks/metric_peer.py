"""The ECE family of one model by mtkd and by netcal, in paired rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

import mtkd.metrics as m
from benchmarks.metric_problem import Problem

Call = Callable[[], object]


def compare(problem: Problem, rounds: int) -> None:
    """One line for each comparison; says so if netcal is not installed."""
    try:
        from netcal.metrics import ACE, ECE, MCE
    except ImportError:
        print("netcal is not installed: nothing to compare with")
        return
    probs = m.StoredRows(problem.path(problem.students[0])).block(0, len(problem.labels))
    confidence, correct = m.top_label(probs, problem.labels)
    truth = correct.astype(np.int64)

    def netcal(values: np.ndarray, labels: np.ndarray, *errors: type, equal: bool = True) -> Call:
        made = [error(15, equal_intervals=equal) for error in errors]
        return lambda: [error.measure(values, labels) for error in made]

    def family(values: np.ndarray, labels: np.ndarray) -> Call:
        both = [netcal(values, labels, ECE, MCE, ACE, equal=equal) for equal in (True, False)]
        return lambda: [call() for call in both]

    items = confidence, correct
    print(f"from confidences [{len(confidence)}]")
    _line("ECE", lambda: m.ece(*items), netcal(confidence, truth, ECE), rounds)
    _line("MCE", lambda: m.mce(*items), netcal(confidence, truth, MCE), rounds)
    by_mass = netcal(confidence, truth, ECE, equal=False)
    _line("ECE, bins of equal mass", lambda: m.equal_mass_ece(*items), by_mass, rounds)
    _line(FAMILY, lambda: m.binned_errors(*items), family(confidence, truth), rounds)
    print(f"from probabilities {list(probs.shape)}, float32 in memory")
    table, few = (probs, problem.labels), min(rounds, 3)
    _line("ECE", lambda: m.ece(*table), netcal(*table, ECE), few)
    _line(FAMILY, lambda: m.binned_errors(*m.top_label(*table)), family(*table), few)


FAMILY = "family: our 9 errors, netcal's ECE, MCE, ACE x 2 kinds"


def _line(name: str, ours: Call, theirs: Call, rounds: int) -> None:
    for call in (ours, theirs):
        call()
    times = [(_seconds(ours), _seconds(theirs)) for _ in range(rounds)]
    own, other = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(second / first for first, second in times)
    print(f"  {name:56s}{own * 1e3:8.1f} ms, netcal {other * 1e3:8.1f} ms: {ratio:5.1f} x faster")


def _seconds(call: Call) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun
