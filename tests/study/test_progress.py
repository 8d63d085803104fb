"""What the progress line says."""

from pathlib import Path

import pytest

from mtkd.study.progress import LiveProgress, LogProgress
from mtkd.study.worker import Outcome, Task


def task(key, function="run_trial"):
    return Task(key, f"name of {key}", function, (), Path("."))


@pytest.fixture
def clock():
    """Seconds that pass when told to: `clock.append(n)`."""
    return []


@pytest.fixture
def progress(clock):
    return LogProgress(total=10, before=3, workers=2, clock=lambda: float(sum(clock)))


def test_the_line_counts_and_estimates(progress, clock, capsys):
    progress.started(task("t", "train_teacher"))
    assert progress.line == "teachers and trials: 0 of 10 done (and 3 before), 1 running"
    for key, seconds in (("x", 40), ("y", 40), ("z", 30)):
        progress.started(task(key))
        clock.append(seconds)
        progress.finished(task(key), Outcome("done"))
    # Seven are left for two workers; of three that ended the first two do not count: 7 * 30 / 2.
    assert progress.line == (
        "teachers and trials: 3 of 10 done (and 3 before), 1 running, about 1 min 45 s left"
    )
    progress.finished(task("f"), Outcome("failed", "NaN"))
    assert "1 failed" in progress.line
    assert "failed: name of f: NaN" in capsys.readouterr().err


def test_a_log_gets_a_line_for_each_tenth_and_after_some_seconds(progress, clock, capsys):
    progress.started(task("a"))
    progress.started(task("b"))
    assert len(capsys.readouterr().err.splitlines()) == 1
    clock.append(6)
    progress.started(task("c"))
    assert len(capsys.readouterr().err.splitlines()) == 1
    progress.finished(task("a"), Outcome("done"))
    assert len(capsys.readouterr().err.splitlines()) == 1
    progress.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("seconds", "text"), [(4, "4 s"), (60, "1 min 0 s"), (3660, "1 h 1 min")])
def test_durations_are_for_people(clock, seconds, text):
    progress = LogProgress(total=3, before=0, workers=1, clock=lambda: float(sum(clock)))
    for key in "ab":
        progress.started(task(key))
        clock.append(seconds)
        progress.finished(task(key), Outcome("done"))
    assert progress.line == f"teachers and trials: 2 of 3 done, about {text} left"


def test_the_live_form_starts_changes_and_stops(capsys):
    live = LiveProgress(total=2, before=0, workers=1)
    live.started(task("a"))
    live.finished(task("a"), Outcome("failed", "[red]why[/red]"))
    live.close()
    assert "failed: name of a: [red]why[/red]" in capsys.readouterr().err
