"""Parquet files, where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mtkd.text.record import Record, lacking


def read_parquet(path: Path, columns: Sequence[str]) -> Iterator[Record]:
    """The rows of a file, only `columns` of them read.

    Raises:
        ValueError: No pyarrow, no such column, or damage.
    """
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise ValueError(f"{path} needs pyarrow: pip install 'mtkd[text]'") from None
    try:
        file = parquet.ParquetFile(path)
        for name in columns:
            if name not in file.schema_arrow.names:
                raise ValueError(lacking(str(path), name, file.schema_arrow.names))
        rows = file.read(columns=list(columns)).to_pylist()
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path} is no whole Parquet file ({error}); fetch it again") from None
    yield from (Record(row, f"{path}, row {number}") for number, row in enumerate(rows, start=1))
