"""Files that are either whole or not there: written beside their place, then moved into it."""

import errno
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

FORMAT = 1
"""Version of what a run folder holds; a folder of another version is refused, never guessed."""


class UnreadableFile(ValueError):  # noqa: N818
    """A file of ours that is missing, cut off or holds something else."""


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write a file in one piece, making its folder: a reader sees the old, the new or none.

    Raises:
        OSError: The system refused; the message names the file, and nothing is left behind.
            `errno.ENOSPC` for a full disk (see `is_full_disk`).
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}~")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise OSError(error.errno, f"cannot write {path}: {error.strerror}") from error


def write_text(path: Path | str, content: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, content.encode())


def write_json(path: Path | str, content: Any) -> None:
    """`write_bytes` of indented JSON, keys in the order given; NaN is written as `NaN`."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path | str) -> Any:
    """The content of a JSON file.

    Raises:
        UnreadableFile: One sentence that names the file, what is wrong and what to do.
    """
    path = Path(path)
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UnreadableFile(f"{path} does not exist; the command that ran it makes it") from None
    except (ValueError, OSError) as error:
        raise UnreadableFile(
            f"{path} is damaged ({error}); delete it, the command that ran the study makes it again"
        ) from None


def read_mapping(path: Path | str) -> dict[str, Any]:
    """What a JSON file maps; empty where it is missing, damaged or maps nothing."""
    try:
        content = read_json(path)
    except UnreadableFile:
        return {}
    return content if isinstance(content, dict) else {}


def is_full_disk(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that no space (or no quota) is left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False
