"""A study from its YAML to its report: teachers, then trials, then the page."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtkd.files import is_full_disk
from mtkd.study.ledger import Ledger
from mtkd.study.lock import alone_in
from mtkd.study.plan import make_plan
from mtkd.study.running import Run, disk_is_full, say
from mtkd.study.tasks import Functions

INTERRUPTED, TERMINATED = 130, 143
"""Exit status after Ctrl-C and after SIGTERM, as shells have it."""

SHIPPED_FUNCTIONS = Functions()


def run_study(
    path: Path | str,
    overrides: Sequence[str] = (),
    workers: int | None = None,
    runs: Path | str = "runs",
    functions: Functions = SHIPPED_FUNCTIONS,
) -> int:
    """Run what is not done yet, and build the report.

    Args:
        path: See `mtkd.config.find_study`.
        overrides: See `mtkd.config.load`.
        workers: Processes at one time; None: see `Run.train`.
        runs: Folder of all run folders.
        functions: What does the work.

    Returns:
        Exit status: 0, 1 if a trial failed or the disk is full, 130 after Ctrl-C,
        143 after SIGTERM.

    Raises:
        ConfigError: The study cannot be meant so, or another run is in its folder; nothing was
            trained.
        OSError: The run folder cannot be written.
    """
    plan, at = make_plan(path, overrides), Path(runs).resolve()
    with alone_in(at / plan.name):
        for warning in plan.warnings:
            say(f"warning: {warning}")
        with _terminable():
            return _run(Ledger(plan, at), functions, workers)


class Terminated(KeyboardInterrupt):
    """SIGTERM, by which a scheduler, a container or `timeout` ends a run."""


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the block with `Terminated`; a second one does not disturb its end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def _run(ledger: Ledger, functions: Functions, workers: int | None) -> int:
    """The exit status of `run_study`."""
    try:
        run = Run(ledger, functions)
        run.train(workers)
        return run.conclude()
    except KeyboardInterrupt as stop:
        say(f"stopped; {ledger.counts}; the same command goes on from here")
        return TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
    except OSError as error:
        if not is_full_disk(error):
            raise
        return disk_is_full(str(error), ledger.counts)
