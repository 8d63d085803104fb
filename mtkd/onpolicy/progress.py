"""How far the student has got with writing: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SECONDS = 30.0
"""Least time between two lines in a log."""

logger = logging.getLogger("mtkd.onpolicy")


class Progress:
    """Told about every token, shows as little as serves.

    Attributes:
        tokens: Steps of writing so far, over all batches.
    """

    def __init__(self) -> None:
        self.rows, self.tokens = 0, 0
        self._said = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    @contextmanager
    def writing(self, rows: int, new: int) -> Iterator[None]:
        """While `rows` texts of up to `new` tokens are written."""
        started, before = time.monotonic(), self.tokens
        try:
            with self._shown(rows, new):
                yield
        finally:
            self.rows += rows
            self._say(rows, self.tokens - before, time.monotonic() - started)

    def step(self) -> None:
        """One more token in each row."""
        self.tokens += 1
        if self._bar is not None:
            self._bar.advance(self._task)

    @contextmanager
    def _shown(self, rows: int, new: int) -> Iterator[None]:
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True), transient=True) as bar:
            self._bar, self._task = bar, bar.add_task(f"student writes {rows} texts", total=new)
            try:
                yield
            finally:
                self._bar = None

    def _say(self, rows: int, tokens: int, seconds: float) -> None:
        now = time.monotonic()
        if now - self._said < SECONDS:
            return
        self._said = now
        logger.info(
            "the student has written %d texts; the last %d took %.1f s for up to %d tokens each",
            self.rows,
            rows,
            seconds,
            tokens,
        )
