"""Standard output and error, whoever reads them: a pipe may end, and a shell may close them."""

import io
import os
import sys
from typing import Any


def outlive_readers() -> None:
    """From here on what nobody can read is thrown away, and the work goes on.

    `| head` and a `tee` that died would end a run of hours with `BrokenPipeError`; after `>&-`
    there is no stream at all. A terminal, and a stream that a notebook or a test put in place,
    stay as they are.
    """
    for number, name in enumerate(("stdout", "stderr"), 1):
        stream = getattr(sys, name)
        if stream is None:
            _discard(number)
            setattr(sys, name, open(number, "w", closefd=False))  # noqa: SIM115
        elif stream is getattr(sys, f"__{name}__") and not stream.isatty():
            setattr(sys, name, _lasting(stream, number))


class _Lasting(io.FileIO):
    """A file that writes nowhere once its reader is gone."""

    def write(self, content: Any) -> int:
        try:
            return super().write(content)
        except BrokenPipeError:
            _discard(self.fileno())
            return super().write(content)


def _lasting(stream: io.TextIOWrapper, number: int) -> io.TextIOWrapper:
    """The same stream on a file that outlives its reader."""
    file = _Lasting(number, "w", closefd=False)
    return io.TextIOWrapper(
        file if stream.write_through else io.BufferedWriter(file),  # PYTHONUNBUFFERED
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _discard(number: int) -> None:
    """Let a file descriptor, and that of every process started later, write nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere == number:  # it was closed
        return os.set_inheritable(number, True)
    os.dup2(nowhere, number)
    os.close(nowhere)
