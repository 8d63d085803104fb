"""Tasks on warm worker processes: in any order that their needs allow, whatever dies."""

import os
import sys
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Self

from loky import ProcessPoolExecutor

from mtkd.study import worker
from mtkd.study.claims import Claims
from mtkd.study.died import DIED, told
from mtkd.study.worker import Outcome, Task


class Launcher:
    """Worker processes that live as long as the `with` block, and run tasks.

    Of several tasks that ran while a worker died, nobody knows which one killed it, so each is
    tried again, alone. A task that was alone when its worker died is tried once more; if that
    worker dies too, the task has failed.

    Args:
        workers: Processes at one time, at least 1.
        started: Told when a task begins, in the order of the tasks.
        finished: Told when a task has ended, and how.
        claims: GPUs for the workers; None: each one sees all.
    """

    def __init__(
        self,
        workers: int,
        started: Callable[[Task], None],
        finished: Callable[[Task, Outcome], None],
        claims: Claims | None = None,
    ) -> None:
        self.workers, self.started, self.finished = workers, started, finished
        self.given = os.getpid(), sys.path, claims
        self.waiting, self.suspects = dict[str, Task](), dict[str, Task]()
        self.running: dict[Future[Outcome], Task] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.died: set[str] = set()
        self.pool = self._fresh_pool()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self.pool.shutdown(wait=True, kill_workers=kind is not None or bool(self.running))

    def ask(self, function: str, *arguments: Any, meanwhile: str) -> Any:
        """What one call returns or raises, while the other workers import a module; see `told`."""
        asked = self.begin(function, *arguments)
        with suppress(BrokenProcessPool):
            for _ in range(self.workers - 1):
                self.pool.submit(worker.load, meanwhile)
        return told(asked)

    def begin(self, function: str, *arguments: Any) -> Future[Any]:
        """The same without waiting for it."""
        return self.pool.submit(worker.answer, function, arguments)

    def aside(self, function: str, *arguments: Any) -> None:
        """Let a worker call something whose result nobody waits for; an error changes nothing."""
        with suppress(BrokenProcessPool):
            self.pool.submit(worker.answer, function, arguments)

    def run(self, tasks: Iterable[Task]) -> None:
        """Run all tasks; stop early where the disk is full."""
        self.waiting = {task.key: task for task in tasks}
        while self.waiting or self.running or self.suspects:
            self._begin()
            self._collect()
            if any(outcome.state == "disk full" for outcome in self.outcomes.values()):
                return

    def _begin(self) -> None:
        """Hand out tasks whose needs are met: as many as there are workers, suspects alone."""
        if self.suspects:
            if not self.running:
                self._submit(next(iter(self.suspects.values())))
            return
        for task in list(self.waiting.values()):
            if len(self.running) == self.workers:
                return
            lost = [key for key in task.needs if self._state(key) not in ("done", "open")]
            if lost:
                del self.waiting[task.key]
                self._end(
                    task, Outcome("failed", f"its teacher failed: {self.outcomes[lost[0]].reason}")
                )
            elif all(self._state(key) == "done" for key in task.needs):
                del self.waiting[task.key]
                self._submit(task)

    def _state(self, key: str) -> str:
        """State of a task by key; what is no task of this run was done before it."""
        waits = key in self.waiting or key in self.suspects
        if waits or any(task.key == key for task in self.running.values()):
            return "open"
        return self.outcomes.get(key, Outcome("done")).state

    def _submit(self, task: Task) -> None:
        self.started(task)
        call = (worker.call, task.function, task.arguments, str(task.folder))
        try:
            future = self.pool.submit(*call)
        except BrokenProcessPool:  # an idle worker died
            self.pool = self._fresh_pool()
            future = self.pool.submit(*call)
        self.running[future] = task

    def _collect(self) -> None:
        """Wait until something ends, and take note of all that has."""
        ended = wait(self.running, return_when=FIRST_COMPLETED).done if self.running else set()
        if any(isinstance(future.exception(), BrokenProcessPool) for future in ended):
            ended = wait(self.running).done
            self.pool.shutdown(wait=True, kill_workers=True)
            self.pool = self._fresh_pool()
        alone = len(ended) == 1
        for future in ended:
            task, error = self.running.pop(future), future.exception()
            self.suspects.pop(task.key, None)
            if error is None:
                self._end(task, Outcome(*future.result()))
            elif not isinstance(error, BrokenProcessPool):
                self._end(task, Outcome("failed", repr(error)))
            elif alone and task.key in self.died:
                self._end(task, Outcome("failed", DIED))
            else:
                self.suspects[task.key] = task
                self.died |= {task.key} if alone else set()

    def _end(self, task: Task, outcome: Outcome) -> None:
        self.outcomes[task.key] = outcome
        self.finished(task, outcome)

    def _fresh_pool(self) -> ProcessPoolExecutor:
        # A worker's first call is a small one; with torch, the data and a network it holds 300 MB
        # more soon after. loky then starts a fresh one between two tasks, which loses nothing.
        warnings.filterwarnings("ignore", "A worker was restarted", UserWarning)
        start = {"initializer": worker.start, "initargs": self.given, "env": worker.ONE_THREAD}
        return ProcessPoolExecutor(max_workers=self.workers, **start)
