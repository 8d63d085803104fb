"""GPUs of a worker: it takes a place that no other living worker holds, and sees only its GPUs."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from mtkd.gpus import VISIBLE

PATIENCE, PAUSE = 200, 0.05
"""Rounds over all places, and seconds between two, for a worker that died to be gone."""

_held: list[TextIO] = []


@dataclass(frozen=True)
class Claims:
    """Places of workers, each with its GPUs.

    Attributes:
        groups: A value of `CUDA_VISIBLE_DEVICES` for each place; with more workers than groups,
            several workers have the same GPUs.
        workers: How many places there are.
        folder: Where the files of the places are.
    """

    groups: tuple[str, ...]
    workers: int
    folder: str


@contextmanager
def places(groups: Sequence[str], workers: int) -> Iterator[Claims | None]:
    """Places for workers, as long as the block runs; None if there are no GPUs to deal out."""
    if not groups:
        yield None
        return
    with TemporaryDirectory() as folder:
        yield Claims(tuple(groups), workers, folder)


def take_place(claims: Claims) -> None:
    """Hold a place until this process ends, and see its GPUs only; torch must not have looked yet.

    Where the system has no locks, or no place becomes free, all GPUs stay visible.
    """
    if sys.platform == "win32":
        return
    for _ in range(PATIENCE):
        for number in range(claims.workers):
            if _hold(Path(claims.folder, str(number))):
                os.environ[VISIBLE] = claims.groups[number % len(claims.groups)]
                return
        time.sleep(PAUSE)


def _hold(path: Path) -> bool:
    """Whether the file is ours now; the system gives it back when this process ends."""
    import fcntl

    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _held.append(file)
    return True
