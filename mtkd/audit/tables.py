"""Files of predictions as columns: CSV, Parquet and npz, told apart by their endings.

A column is an array `[row]` of text, integers or floats, as the file has it; what it means is
decided in `mtkd.audit.told`.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.npz import read_npz

Columns = dict[str, NDArray]
"""By name, in the order of the file."""


def read_columns(path: Path) -> Columns:
    """The columns of a file; in npz files arrays keep the shape they have.

    Raises:
        ValueError: The file is missing, empty, damaged, or of a kind that is not read.
    """
    if path.suffix.lower() not in READERS:
        raise ValueError(
            f"{path} ends in {path.suffix or 'nothing'!r}, expected a file of predictions that "
            f"ends in {', '.join(READERS)}"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}); give a file of predictions"
        ) from None
    if not content:
        raise ValueError(
            f"{path} is empty, expected predictions with an id and a label in each row"
        )
    return READERS[path.suffix.lower()](path, content)


def _csv(path: Path, content: bytes) -> Columns:
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path} is not CSV ({error}); write comma-separated values in UTF-8"
        ) from None
    lines = [line for line in lines if line]
    if not lines:
        raise ValueError(f"{path} is empty, expected a header and a row for each item")
    head, rows = lines[0], lines[1:]
    _check_head(path, head)
    _distinct(path, head)
    for number, row in enumerate(rows, 1):
        if len(row) != len(head):
            raise ValueError(
                f"{path} row {number} has {len(row)} fields, expected {len(head)} like its header"
            )
    return {name: np.array([row[place] for row in rows], str) for place, name in enumerate(head)}


def _check_head(path: Path, head: Sequence[str]) -> None:
    """Refuse other separators, and a first row of values where names should stand."""
    for separator, name in (("\t", "tabs"), (";", "';'")):
        if len(head) == 1 and separator in head[0]:
            raise ValueError(f"{path} is separated by {name}; write commas")
    if "id" not in head and (_is_number(head[0]) or any(map(_is_fraction, head))):
        raise ValueError(
            f"{path} has no header, its first row is {', '.join(head[:4])}; begin it with a row of "
            "names, one of them id"
        )


def _is_fraction(text: str) -> bool:
    return _is_number(text) and not text.strip().lstrip("+-").isdecimal()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parquet(path: Path, content: bytes) -> Columns:
    try:
        from pyarrow import ArrowException, BufferReader, parquet
    except ImportError:
        raise ValueError(
            f"{path} needs pyarrow, which is not installed; pip install pyarrow, or save the "
            "predictions as CSV or npz"
        ) from None
    try:
        table = parquet.ParquetFile(BufferReader(content)).read()
    except (ArrowException, OSError) as error:
        raise ValueError(f"{path} is not Parquet ({_line(error)}); write the file again") from None
    _distinct(path, table.column_names)
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        if column.null_count:
            row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0]) + 1
            raise ValueError(f"{path} row {row} has no {name}, expected a value in every row")
        values = column.to_numpy()
        columns[name] = values.astype(str) if values.dtype == object else values
    return columns


def _npz(path: Path, content: bytes) -> Columns:
    try:
        return read_npz(content)
    except ValueError as error:
        raise ValueError(
            f"{path} is not an npz file of plain arrays ({error}); write ids, labels and "
            "probs with numpy.savez"
        ) from None


def _distinct(path: Path, names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(
            f"{path} has {twice[0]!r} twice among its columns, expected distinct names"
        )


def _line(error: Exception) -> str:
    return str(error).split("\n")[0].rstrip(".")


READERS: dict[str, Callable[[Path, bytes], Columns]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".npz": _npz,
}
