"""One run of a study: it is checked, its tasks run, its report is built."""

import os
import sys

from mtkd.config import as_yaml
from mtkd.files import write_text
from mtkd.gpus import gpu_groups
from mtkd.study.claims import places
from mtkd.study.guard import Guard
from mtkd.study.launch import Launcher
from mtkd.study.ledger import Ledger
from mtkd.study.progress import show_progress
from mtkd.study.standing import near
from mtkd.study.tasks import Functions, drop_damaged, tasks_of
from mtkd.study.worker import LOG, Outcome, Task, load

EARLY = 12
"""Trials of one seed from which on a first report is written while the others train."""


class Run:
    """One run of a study; what it changes on disk is whole at every moment.

    Args:
        ledger: What is there, kept up to date.
        functions: What does the work.
    """

    def __init__(self, ledger: Ledger, functions: Functions) -> None:
        self.ledger, self.functions = ledger, functions
        for file in drop_damaged(ledger, say):
            say(f"warning: {near(file)} is not what its teacher wrote, which therefore runs again")
        self.tasks = tasks_of(ledger.plan, ledger, functions)
        self.formulas: dict[str, str] = {}
        self.guard = Guard(ledger, functions)
        self.failed: dict[str, tuple[Task, Outcome]] = {}
        runs = ledger.plan.runs
        seed = min((trial.seed for trial in runs.values()), default=0)
        todo = {task.key for task in self.tasks}
        self.first = {key for key in todo & runs.keys() if runs[key].seed == seed}
        # Whether there will be a report before the last one: of the first seed, if it takes long.
        self.later = len(self.first) >= EARLY and len(self.first) < len(todo & runs.keys())

    def train(self, workers: int | None) -> None:
        """Check the study in a worker, then run its tasks, showing what happens.

        Args:
            workers: Processes at one time; None: one for each core, or, of a study that asks for
                GPUs, one for each group of GPUs that serves a trial.
        """
        if not self.tasks:
            self.formulas = self.ledger.formulas
            return self.ledger.write_index(self.formulas)
        groups = gpu_groups(task.config for task in self.tasks)
        workers = min(workers or len(groups) or os.cpu_count() or 1, len(self.tasks))
        name = self.ledger.plan.name
        say(f"{name}: {len(self.tasks)} teachers and trials to do on {workers} workers")
        told = self._started, self._finished
        with places(groups, workers) as claims, Launcher(workers, *told, claims) as launcher:
            self.aside = launcher.aside
            self.formulas = self.guard.check(launcher)
            for cell, formula in self.formulas.items():
                print(f"{cell}: {formula}", flush=True)
            self.ledger.write_index(self.formulas)
            self.progress = show_progress(len(self.tasks), len(self.ledger.done), workers)
            try:
                launcher.run(self.tasks)
            finally:
                self.progress.close()

    def conclude(self) -> int:
        """Build the report from what is there, and say what is not."""
        full = [outcome.reason for _, outcome in self.failed.values() if outcome.state != "failed"]
        if full:
            return disk_is_full(full[0], self.ledger.counts)
        if self.tasks:
            self._tell()
            self._report()
        else:
            with self.guard.comparing():
                self._report()
            self._tell()
        if self._some:
            load(self.functions.publish)(self.ledger.folder, self.ledger.plan.config["wandb"])
            print(f"report: {near(self.ledger.folder / 'report.html')}")
        return 1 if self.failed else 0

    @property
    def _some(self) -> bool:
        return bool(self.ledger.plan.runs.keys() & self.ledger.done)

    def _report(self) -> None:
        if self._some:
            load(self.functions.report)(self.ledger.folder)

    def _tell(self) -> None:
        print(f"{self.ledger.counts}{'; failed:' if self.failed else ''}")
        for task, outcome in self.failed.values():
            print(f"  {task.name}: {outcome.reason}; see {near(task.folder / LOG)}")

    def _started(self, task: Task) -> None:
        write_text(task.folder / "config.yaml", as_yaml(task.config))
        self.guard.started(task)
        self.progress.started(task)

    def _finished(self, task: Task, outcome: Outcome) -> None:
        outcome = self.guard.finished(task, outcome)
        if outcome.state == "done":
            self.ledger.done.add(task.key)
        else:
            self.failed[task.key] = task, outcome
            self.ledger.failed[task.key] = outcome.reason
        self.progress.finished(task, outcome)
        self.ledger.write_index(self.formulas)
        self.first.discard(task.key)
        if not self.first and self.later:
            self.later = False
            self.aside(self.functions.early, str(self.ledger.folder))


def disk_is_full(reason: str, counts: str) -> int:
    """Say so, and what is kept; the exit status of such a run."""
    say(f"the disk is full ({reason}); {counts}; free some space and give the same command again")
    return 1


def say(text: str) -> None:
    """A line on standard error."""
    print(f"mtkd: {text}", file=sys.stderr, flush=True)
