"""What it cost to train a student, from its `result.json`."""

import math

from mtkd.files import UnreadableFile, read_json
from mtkd.results.index import Trial

KEPT = ("steps", "seconds", "step_flop", "step_flop_live")


def costs_of(trial: Trial) -> dict[str, float]:
    """Steps, seconds and operations, NaN where not known; empty where they were not counted.

    Raises:
        UnreadableFile: The file is damaged.
    """
    file = trial.folder / "result.json"
    if not file.exists():
        return {}
    said = read_json(file)
    if not isinstance(said, dict):
        raise _damaged(file, "it holds no keys and values")
    if not set(KEPT) <= said.keys():
        return {}
    for name in KEPT:
        if not isinstance(said[name], (int, float, type(None))):
            raise _damaged(file, f"{name} is {said[name]!r}, expected a number")
    return {name: math.nan if said[name] is None else float(said[name]) for name in KEPT}


def _damaged(file: object, what: str) -> UnreadableFile:
    return UnreadableFile(
        f"{file} is damaged ({what}); delete it, the command that ran the study makes it again"
    )
