"""What happens inside a worker process: one task after the other, each with its log."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mtkd.files import is_full_disk
from mtkd.streams import outlive_readers
from mtkd.study.claims import Claims, take_place
from mtkd.study.lock import alone_in

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""Environment of every worker, set before torch is imported: the sums of a trial must not
depend on how many workers share the machine."""

LOG = "log.txt"


@dataclass(frozen=True)
class Task:
    """One call in a worker.

    Attributes:
        key: Id of what it makes.
        name: For people.
        function: Dotted path of what is called.
        arguments: What it is called with; they are sent to another process.
        folder: Where its log goes.
        config: What determines it, for whoever reads the folder.
        needs: Keys of tasks whose results it reads; those that are no task are there.
    """

    key: str
    name: str
    function: str
    arguments: tuple[Any, ...]
    folder: Path
    config: dict[str, Any] = field(default_factory=dict)
    needs: frozenset[str] = field(default_factory=frozenset)


class Outcome(NamedTuple):
    """How a task ended: `state`, and why if it is not done."""

    state: Literal["done", "failed", "disk full"]
    reason: str = ""


def start(parent: int, paths: Sequence[str], claims: Claims | None = None) -> None:
    """Prepare a worker: modules beside the study are found, and it does not outlive its parent.

    Ctrl-C reaches every process of a terminal; only the parent acts on it, and stops the others.

    Args:
        parent: Process id of whoever started it.
        paths: Module search path of the parent.
        claims: GPUs to choose its own from, before torch is imported; None: it sees all.
    """
    outlive_readers()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path += [path for path in paths if path not in sys.path]
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if claims is not None:
        take_place(claims)


def load(path: str) -> Callable[..., Any]:
    """The function a dotted path names, imported."""
    module, _, name = path.rpartition(".")
    function: Callable[..., Any] = vars(import_module(module))[name]
    return function


def answer(function: str, arguments: Sequence[Any]) -> Any:
    """What a dotted path returns or raises."""
    return load(function)(*arguments)


def call(function: str, arguments: Sequence[Any], folder: str) -> Outcome:
    """Call a dotted path, with everything it prints in `log.txt` of the folder.

    Studies share their teachers: of two runs that make one, the second waits, and finds it done.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with alone_in(Path(folder), wait=True), _logged(Path(folder) / LOG):
            load(function)(*arguments)
        return Outcome("done")
    except BaseException as error:
        full = is_full_disk(error)
        return Outcome("disk full" if full else "failed", sentence(error))


def sentence(error: BaseException) -> str:
    """Type and first line of an error."""
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0]}" if first else type(error).__name__


@contextmanager
def _logged(file: Path) -> Iterator[None]:
    """Standard output and error in `file`, those of C code included, and any traceback."""
    with file.open("w") as log:
        sys.stdout.flush()
        saved = os.dup(1), os.dup(2)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            with suppress(OSError):
                traceback.print_exc()
            raise
        finally:
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)
            os.close(saved[0])
            os.close(saved[1])


def _watch(parent: int) -> None:
    """End this process when its parent is gone, whatever ended it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
