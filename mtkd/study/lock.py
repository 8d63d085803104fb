"""One run at a time in a run folder; two would train all twice and spoil each other's files."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mtkd.config import ConfigError

FILE = ".lock"


@contextmanager
def alone_in(folder: Path, wait: bool = False) -> Iterator[None]:
    """Keep other runs out of a folder while the block runs; the system ends it with the process.

    Where the system or the file system has no such locks, nothing is kept out.

    Args:
        folder: It is made if need be.
        wait: Until another one that is in there has ended.

    Raises:
        ConfigError: Another run is in there, and `wait` is false.
        OSError: The folder cannot be written.
    """
    if sys.platform == "win32":
        yield
        return
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    file = _locked(folder, wait)
    try:
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield
    finally:
        with suppress(OSError):
            (folder / FILE).unlink()
            for one in made:
                one.rmdir()  # where nothing was written, as in a study that is refused
        file.close()


def _locked(folder: Path, wait: bool) -> BinaryIO:
    """The open lock file, ours alone."""
    import fcntl

    while True:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / FILE).open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            who = file.read().decode() or "that has just begun"
            file.close()
            raise ConfigError(
                f"another `mtkd run` works in {folder} (process {who}); wait until it is done, "
                "stop it, or give another folder with --runs"
            ) from None
        except OSError:  # a file system without locks
            return file
        with suppress(FileNotFoundError):  # another run ended in between and took its file away
            if os.path.samestat(os.fstat(file.fileno()), (folder / FILE).stat()):
                return file
        file.close()
