"""What a person sees while a study runs: a live line in a terminal, a few lines in a log."""

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from statistics import median

from mtkd.study.worker import Outcome, Task

QUIET_SECONDS = 5.0
"""A log gets a line after this many seconds, or when another tenth is finished."""


class Progress(ABC):
    """Counts what happens to the tasks and shows it.

    Time left is the median time of what has finished, times what has not, divided by the
    workers; teachers and trials count alike. The first task of each worker does not count,
    since importing makes it long.

    Args:
        total: Tasks of this run.
        before: Teachers and trials that were done before it.
        workers: Tasks at one time.
        clock: Seconds, increasing.
    """

    def __init__(
        self, total: int, before: int, workers: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total, self.before, self.workers, self.clock = total, before, workers, clock
        self.began: dict[str, float] = {}
        self.seconds: list[float] = []
        self.done = self.failed = 0
        self.phase = "starting workers"

    def started(self, task: Task) -> None:
        """A task was handed to a worker."""
        self.began[task.key] = self.clock()
        self.phase = "teachers and trials"
        self.show()

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task has ended, well or not, or cannot begin."""
        if task.key in self.began:
            self.seconds.append(self.clock() - self.began.pop(task.key))
        if outcome.state == "done":
            self.done += 1
        else:
            self.failed += 1
            self.note(f"failed: {task.name}: {outcome.reason}")
        self.show()

    @property
    def line(self) -> str:
        """All of it in one line."""
        parts = [f"{self.done} of {self.total} done"]
        if self.before:
            parts[0] += f" (and {self.before} before)"
        if self.began:
            parts.append(f"{len(self.began)} running")
        if self.failed:
            parts.append(f"{self.failed} failed")
        left = self.total - self.done - self.failed
        if len(self.seconds) > self.workers and left:
            rounds = median(self.seconds[self.workers :]) * left / self.workers
            parts.append(f"about {_duration(rounds)} left")
        return f"{self.phase}: {', '.join(parts)}"

    @abstractmethod
    def show(self) -> None:
        """Something has changed."""

    @abstractmethod
    def note(self, text: str) -> None:
        """A line that stays."""

    @abstractmethod
    def close(self) -> None:
        """The run is over."""


class LogProgress(Progress):
    """Now and then a line, for logs and pipes."""

    shown_at = 0.0
    shown_tenth = -1
    shown = ""

    def show(self) -> None:
        tenth = 10 * (self.done + self.failed) // max(self.total, 1)
        if tenth != self.shown_tenth or self.clock() - self.shown_at > QUIET_SECONDS:
            self.shown_at, self.shown_tenth = self.clock(), tenth
            self.shown = self.line
            self.note(self.shown)

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown != self.line:
            self.note(self.line)


class LiveProgress(Progress):
    """One line and a bar that change in place, for terminals."""

    def __init__(self, total: int, before: int, workers: int) -> None:
        super().__init__(total, before, workers)
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self.bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task(self.line, total=total)
        self.bar.start()

    def show(self) -> None:
        self.bar.update(self.task, completed=self.done + self.failed, description=self.line)

    def note(self, text: str) -> None:
        self.bar.console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        self.bar.stop()


def show_progress(total: int, before: int, workers: int) -> Progress:
    """The live form if standard error is a terminal, else the quiet one."""
    kind = LiveProgress if sys.stderr.isatty() else LogProgress
    return kind(total, before, workers)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
