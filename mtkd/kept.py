"""Which files of a result are there and whole; imports no torch."""

from pathlib import Path

from mtkd.files import members, read_mapping
from mtkd.starts import digest

SIGNALS, STATES = "signals.safetensors", "states"
"""What a teacher says of the training items, and a folder of what it says in each domain."""

ENTRY = "recorded"
"""Key of a teacher's result.json: SHA-256 of each file of answers, by its path in the folder."""


def is_whole(predictions: Path) -> bool:
    """Whether a prediction file is there, and not cut short.

    A zip archive ends with its table of contents, so a file cut short has none.
    """
    return bool(members(predictions))


def answers(home: Path) -> list[Path]:
    """The files of a teacher's answers that are in its folder."""
    files = [home / SIGNALS, *sorted((home / STATES).glob("*.safetensors"))]
    return [file for file in files if file.is_file()]


def recorded(home: Path) -> dict[str, str]:
    """What a teacher's result.json holds under `ENTRY`, of the files in its folder now."""
    return {f.relative_to(home).as_posix(): digest(str(f)) for f in answers(home)}


def damaged(home: Path) -> list[Path]:
    """Files of answers that are gone or not what the teacher wrote.

    A result of an earlier mtkd says nothing of what is in them.
    """
    result = read_mapping(home / "result.json")
    known, signals = result.get(ENTRY), home / SIGNALS
    if not isinstance(known, dict):
        return [] if result.get("live") is not False or signals.is_file() else [signals]
    return [home / name for name, content in known.items() if digest(str(home / name)) != content]
