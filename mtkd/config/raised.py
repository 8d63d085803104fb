"""What a target, or whatever a study calls, raises: told in one line with the config path."""

import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtkd.config.errors import ConfigError
from mtkd.elsewhere import elsewhere
from mtkd.files import is_full_disk

PACKAGE = Path(__file__).resolve().parents[1]
CALLERS = (PACKAGE / "config", PACKAGE / "study")
"""Folders of what calls the code of others, in which nobody looks for a mistake of that code."""

FOUND_WRONG = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
"""What the system says of a path that is wrong; other errors of it have another reason."""


@contextmanager
def told(at: str) -> Iterator[None]:
    """Whatever is raised inside, told with the config path; the machine's own troubles pass.

    Args:
        at: Config path, and the name of the target if there is one.

    Raises:
        ConfigError: In place of any error but a full disk, a lost connection or no memory.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # a constructor of the user's own raises what it likes
        if _troubles(error):
            raise
        raise ConfigError(f"{at}: {raised(error)}") from error


def raised(error: Exception) -> str:
    """The error in one line, and the line of the code that it comes from.

    The user's own file is named, else that of mtkd, never one of a library. A sentence of mtkd's
    own stands alone.
    """
    frames = traceback.extract_tb(error.__traceback__)
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        said = f"there is no {Path(error.filename).absolute()}{elsewhere(error.filename)}"
    elif isinstance(error, ValueError | TypeError) and _inside(frames[-1], (PACKAGE,)):
        return said
    elif not isinstance(error, RuntimeError | ValueError):
        said = f"{type(error).__name__}: {said}"
    known = [frame for frame in frames if not _of_library(frame) and not _inside(frame, CALLERS)]
    return f"{said} ({Path(known[-1].filename).name}, line {known[-1].lineno})" if known else said


def _troubles(error: Exception) -> bool:
    """Whether the machine is at fault, which others tell or try again."""
    if isinstance(error, OSError):
        return is_full_disk(error) or not isinstance(error, FOUND_WRONG)
    if isinstance(error, RuntimeError | MemoryError):
        from mtkd.memory import ran_out  # torch comes along

        return ran_out(error)
    return False


def _inside(frame: traceback.FrameSummary, folders: tuple[Path, ...]) -> bool:
    return any(Path(frame.filename).is_relative_to(folder) for folder in folders)


def _of_library(frame: traceback.FrameSummary) -> bool:
    """Whether a line belongs to Python, or to what is installed."""
    path = Path(frame.filename)
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return bool(installed) or path.is_relative_to(sysconfig.get_path("stdlib")) or not path.suffix
