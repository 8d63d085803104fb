"""What the processes of `test_processes.py` are asked to do."""

import atexit
import os
import signal
import sys
import time
from pathlib import Path


def note(folder, value):
    place = [os.environ[name] for name in ("LOCAL_RANK", "NODE_RANK", "MASTER_ADDR")]
    Path(folder, os.environ["LOCAL_RANK"]).write_text(f"{value} {place}")
    print("noted")


def abort_afterwards():
    """Work that is done, in a process whose end would go wrong."""
    print("done", end="")
    atexit.register(os.abort)


def fail(folder, how):
    if os.environ["LOCAL_RANK"] == "0":
        signal.pause()
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "full":
        raise OSError(28, "No space left on device")
    raise ArithmeticError("the loss is NaN\nat step 3")


HERE = "tests.study.members"


def look(home, name, others):
    """What this worker sees, once so many have looked: so none of them is done before another.

    The sleep is between two looks for their files, nothing is measured by it.
    """
    folder = Path(home, name)
    answer = f"{os.environ.get('CUDA_VISIBLE_DEVICES')};{'torch' in sys.modules}"
    (folder / "seen").write_text(answer)
    while len(list(Path(home).glob("*/seen"))) < others:
        time.sleep(0.01)


def who():
    return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES")
