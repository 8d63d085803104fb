"""Files that are either whole or not there: written beside their place, then moved into it."""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

FORMAT = 1
"""Version of what a run folder holds; a folder of another version is refused, never guessed."""


class UnreadableFile(ValueError):  # noqa: N818
    """A file of ours that is missing, cut off or holds something else."""


@contextmanager
def making(path: Path) -> Iterator[Path]:
    """Where to write a file that is moved to `path` when the block ends; its folder is made.

    After an error nothing is left of it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}~")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with writing(path):
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tell an error of the system within the block as one of writing `path`.

    Raises:
        OSError: The system refused; `errno.ENOSPC` for a full disk (see `is_full_disk`).
    """
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"cannot write {path}: {error.strerror}") from error


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write a file in one piece, making its folder: a reader sees the old, the new or none.

    Raises:
        OSError: See `writing`; nothing is left behind.
    """
    path = Path(path)
    with making(path) as temporary, writing(path):
        temporary.write_bytes(content)


def write_text(path: Path | str, content: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, content.encode())


def write_json(path: Path | str, content: Any) -> None:
    """`write_text` of `as_json`."""
    write_text(path, as_json(content))


def as_json(content: Any) -> str:
    """Indented JSON, keys in the order given; NaN is written as `NaN`."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def hash_of(paths: Iterable[Path]) -> str:
    """SHA-256 of the names and contents of files, in the order given."""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.name}\n{content}\n".encode())
    return whole.hexdigest()


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
    except (ValueError, OSError, RecursionError) as error:
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


def members(path: Path | str) -> list[str]:
    """Names of the files in a zip archive, read from its end; none where that is not whole."""
    try:
        with ZipFile(path) as archive:
            return archive.namelist()
    except Exception:  # a damaged table of contents raises anything
        return []
