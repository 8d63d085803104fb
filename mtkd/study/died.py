"""What is said of a worker process that died; it cannot say it itself."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from mtkd.config import ConfigError

ENDS = "without a word; the system ends a process that asks for too much memory, so"
DIED = f"its worker process died twice {ENDS} try fewer --workers"


def told(asked: Future[Any]) -> Any:
    """What a call of `Launcher.begin` returns or raises.

    Raises:
        ConfigError: Its worker died.
    """
    try:
        return asked.result()
    except BrokenProcessPool:
        raise ConfigError(
            f"a worker process died while data and models were built to check the study, {ENDS} "
            "free some memory, or make them smaller; nothing was trained"
        ) from None
