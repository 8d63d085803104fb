"""A study from its YAML to its report: teachers, then trials, then the page."""

from collections.abc import Sequence
from pathlib import Path

from mtkd.files import is_full_disk
from mtkd.study.ledger import Ledger
from mtkd.study.lock import alone_in
from mtkd.study.plan import make_plan
from mtkd.study.running import Run, disk_is_full, say
from mtkd.study.tasks import Functions

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

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
        Exit status: 0, 1 if a trial failed or the disk is full, 130 after Ctrl-C.

    Raises:
        ConfigError: The study cannot be meant so, or another run is in its folder; nothing was
            trained.
        OSError: The run folder cannot be written.
    """
    plan, at = make_plan(path, overrides), Path(runs).resolve()
    with alone_in(at / plan.name):
        for warning in plan.warnings:
            say(f"warning: {warning}")
        return _run(Run(Ledger(plan, at), functions), workers)


def _run(run: Run, workers: int | None) -> int:
    """The exit status of `run_study`."""
    try:
        run.train(workers)
        return run.conclude()
    except KeyboardInterrupt:
        say(f"stopped; {run.counts}; the same command goes on from here")
        return INTERRUPTED
    except OSError as error:
        if not is_full_disk(error):
            raise
        return disk_is_full(str(error), run.counts)
