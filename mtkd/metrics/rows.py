"""Probabilities `[n, classes]` read a block of rows at a time, from memory or from a file.

Ten models over a million items and 150 classes are 6 GB even in float32. Metrics therefore walk
over blocks of rows and keep what each row says (its top label, the probability of its label), not
the rows. `mtkd.metrics.blocks.walk` makes the blocks float64 and checks them.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike, NDArray


class Rows(ABC):
    """Where the rows of one model come from. Subclass it for another kind of storage.

    Attributes:
        shape: `(n, classes)`.
        dtype: Of what is stored; it decides how far from 1 a row may sum.
        name: What errors call the values.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    name: str = "probs"

    @abstractmethod
    def block(self, start: int, stop: int) -> NDArray:
        """Rows `start` to `stop`, `[stop - start, classes]`, any float type. Equal calls give
        equal values: a row is read again by every metric that needs all its classes."""

    def __len__(self) -> int:
        return self.shape[0]


class ArrayRows(Rows):
    """An array in memory, or mapped into it. It is not copied: do not change it afterwards."""

    def __init__(self, values: ArrayLike, name: str = "probs") -> None:
        self.values = np.asarray(values)
        self.shape, self.dtype, self.name = self.values.shape, self.values.dtype, name

    def block(self, start: int, stop: int) -> NDArray:
        """A view."""
        return self.values[start:stop]


class LogRows(Rows):
    """exp of rows that are log-probabilities, taken in float64.

    Args:
        values: Log-probabilities `[n, classes]`, an array or other rows.
    """

    def __init__(self, values: "ArrayLike | Rows") -> None:
        self.logs = as_rows(values)
        self.shape, self.dtype, self.name = self.logs.shape, self.logs.dtype, "exp(log_probs)"

    def block(self, start: int, stop: int) -> NDArray:
        """In float64."""
        return np.exp(self.logs.block(start, stop).astype(np.float64))


class Folded(Rows):
    """Rows whose last two columns are one: what all models of a pooled question were asked.

    Args:
        values: At least two columns.
    """

    def __init__(self, values: Rows) -> None:
        self.of, self.dtype, self.name = values, values.dtype, values.name
        self.shape = (values.shape[0], values.shape[1] - 1)

    def block(self, start: int, stop: int) -> NDArray:
        """A copy."""
        values = self.of.block(start, stop)
        return np.concatenate([values[:, :-2], values[:, -2:].sum(axis=1, keepdims=True)], axis=1)


class StoredRows(Rows):
    """An array in a file of NumPy, of which only the rows asked for are read.

    Args:
        path: A `.npy` file, or an uncompressed `.npz` as `numpy.savez` writes it.
        member: Name of the array in an `.npz`.

    Raises:
        ValueError: The file is missing, cut off, compressed, or not an array in row order.
    """

    def __init__(self, path: Path | str, member: str | None = None) -> None:
        self.path, self.member = Path(path), member
        try:
            start = 0 if member is None else _member_at(self.path, member)
            with self.path.open("rb") as file:
                file.seek(start)
                read = HEADERS.get(npy.read_magic(file))
                self.shape, by_column, self.dtype = _unknown() if read is None else read(file)
                self._first = file.tell()
        except (OSError, EOFError, BadZipFile, KeyError, ValueError) as error:
            raise ValueError(f"{self._place} cannot be read ({_line(error)})") from None
        if by_column or self.dtype.hasobject:
            raise ValueError(
                f"{self._place} is stored by columns or as objects, expected rows of numbers; "
                "save numpy.ascontiguousarray of it"
            )

    @property
    def _place(self) -> str:
        return str(self.path) if self.member is None else f"{self.member} in {self.path}"

    def block(self, start: int, stop: int) -> NDArray:
        """Read from the file."""
        start, stop = min(start, len(self)), min(stop, len(self))
        width = int(np.prod(self.shape[1:], dtype=np.int64))
        with self.path.open("rb") as file:
            file.seek(self._first + start * width * self.dtype.itemsize)
            values = np.fromfile(file, self.dtype, (stop - start) * width)
        if len(values) < (stop - start) * width:
            raise ValueError(
                f"{self._place} ends in row {start + len(values) // width} of {len(self)}; "
                "write it again"
            )
        return values.reshape(stop - start, *self.shape[1:])


def as_rows(values: ArrayLike | Rows, name: str = "probs") -> Rows:
    """Rows as they are; anything else as an array."""
    return values if isinstance(values, Rows) else ArrayRows(values, name)


HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def _member_at(path: Path, member: str) -> int:
    """Where the array of that name begins in an npz file."""
    with ZipFile(path) as stored:
        info = stored.getinfo(f"{member}.npy")
    if info.compress_type != ZIP_STORED:
        raise ValueError("it is compressed; write it with numpy.savez")
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        name, extra = np.fromfile(file, "<u2", 2)
    return info.header_offset + 30 + int(name) + int(extra)


def _unknown() -> tuple[tuple[int, ...], bool, np.dtype]:
    raise ValueError("its format is newer than 2.0; write it with numpy.save")


def _line(error: Exception) -> str:
    return str(error).split("\n")[0].strip("'\".")
