"""How much of a disk recorded answers take, told before they are asked for."""

from __future__ import annotations

from pathlib import Path
from shutil import disk_usage

TOLD = 10**8
"""Bytes from which on a file is worth a line."""

NETWORK_ADVICE = (
    "set record: {top_k: 64} on the teacher, or live: true, which records nothing, or cut the text "
    "shorter"
)
SOURCE_ADVICE = "set live: true on the teacher, which records nothing, or let it name fewer classes"


def tell_room(path: Path, rows: int, advice: str, length: int) -> None:
    """Print how large a file of answers will be, and refuse one that has no room on its disk.

    Args:
        path: Of the file, whose folder need not be there yet.
        rows: Examples it will hold.
        advice: What makes it smaller; see the constants of this module.
        length: Its length in bytes.

    Raises:
        ValueError: In one sentence.
    """
    there = next(folder for folder in path.absolute().parents if folder.exists())
    disk = disk_usage(there)
    if disk.total == 0:  # a network mount that does not say
        return
    text = (
        f"{path.name} of {rows:,} examples takes {_size(length)} "
        f"({_size(length / rows)} each) in {path.parent}, where {_size(disk.free)} are free"
    )
    if length > disk.free:
        raise ValueError(f"{text}; free some space, {advice}")
    if length >= TOLD:
        print(text, flush=True)


def _size(length: float) -> str:
    return f"{length / 1e9:.3g} GB" if length >= TOLD else f"{length / 1e6:.3g} MB"
