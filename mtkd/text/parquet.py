"""Parquet files, where pyarrow is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mtkd.text.record import Record, lacking


def read_parquet(path: Path, columns: Sequence[str]) -> Iterator[Record]:
    """The rows of a file, only `columns` of them read; classes by the names the file gives them.

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
        names = _class_names(file.schema_arrow.metadata or {})
        parts = file.iter_batches(columns=list(columns))
        rows = (row for part in parts for row in part.to_pylist())
        for number, row in enumerate(rows, start=1):
            called = {
                name: names[name][value]
                for name, value in row.items()
                if name in names and isinstance(value, int) and 0 <= value < len(names[name])
            }
            yield Record(row | called, f"{path}, row {number}")
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path} is no whole Parquet file ({error}); fetch it again") from None


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Column to the names of its numbers, as the `datasets` library writes them beside the rows.

    A number without a name, such as -1 for "no label", stays a number.
    """
    try:
        features: dict[str, Any] = json.loads(metadata[b"huggingface"])["info"]["features"]
        found = {
            column: feature["names"]
            for column, feature in features.items()
            if feature.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {column: [str(name) for name in names] for column, names in found.items()}
