"""Files to records: JSON Lines, JSON, CSV, Parquet and plain text, one document at a time."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

from mtkd.text.parquet import read_parquet
from mtkd.text.record import Record, lacking

UNITS = ("file", "line", "paragraph")
"""What one document of a plain text file is; paragraphs are parted by blank lines."""


def read_records(path: Path, columns: Sequence[str], unit: str = "file") -> list[Record]:
    """All records of a file, read by its suffix: no other is needed and no code is run.

    Args:
        path: `.jsonl`, `.ndjson`, `.json` (a list, or one record a line), `.csv`, `.tsv`,
            `.parquet`; all else is plain UTF-8 text in a column `text`. `.gz` after it unpacks.
        columns: Those that are needed; all others are dropped.
        unit: One of `UNITS`, for plain text.

    Raises:
        ValueError: No such file, a column it does not have (with those it has), or damage, with
            the line.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path.absolute()}; check the path of this split")
    suffix = Path(path.stem if path.suffix == ".gz" else path.name).suffix
    read = READERS.get(suffix.lower())
    try:
        try:
            found = read(path, columns) if read else _plain(path, unit)
            return [_needed(record, columns) for record in found]
        except UnicodeDecodeError:
            _text(path)  # its own error counts from the start of the file
            raise
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no UTF-8 text ({error}); convert it") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is damaged ({error}); fetch it again") from None


def _needed(record: Record, columns: Sequence[str]) -> Record:
    missing = [name for name in columns if name not in record.values]
    if missing:
        raise ValueError(lacking(record.at, missing[0], record.values))
    return Record({name: record.values[name] for name in columns}, record.at)


def _opened(path: Path, newline: str) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline=newline)
    return path.open(encoding="utf-8-sig", newline=newline)


def _text(path: Path) -> str:
    with _opened(path, "\n") as file:
        return file.read()


def _lines(path: Path) -> Iterator[str]:
    """Lines without their ends; no character ends one that JSON allows inside of a string."""
    with _opened(path, "\n") as file:
        for line in file:
            yield line.removesuffix("\n")


def _json(path: Path, columns: Sequence[str]) -> Iterator[Record]:
    if next(filter(str.strip, _lines(path)), "").lstrip().startswith("["):
        rows = _loaded(_text(path), str(path), "list", "expected [{...}, ...]")
        yield from (_checked(row, f"{path}, record {n}") for n, row in enumerate(rows, start=1))
        return
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            at = f"{path}, line {number}"
            yield _checked(_loaded(line, at, "record", "expected one {...} a line"), at)


def _loaded(text: str, at: str, kind: str, expected: str) -> Any:
    """What JSON means, or a sentence about where it stands and what is wrong."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if "\n" in text else ""
        raise ValueError(
            f"{at} is no JSON {kind} ({error.msg}, {line}character {error.colno}); {expected}"
        ) from None
    except RecursionError:
        raise ValueError(f"{at} is nested too deep to be read; {expected}") from None
    except ValueError as error:  # Python's own limit
        raise ValueError(
            f"{at} holds a number that is too long ({error.args[0].partition(';')[0]}); write it "
            "as a text, or leave it out"
        ) from None


def _checked(row: Any, at: str) -> Record:
    if not isinstance(row, dict):
        raise ValueError(f"{at} is a {type(row).__name__}, expected a record {{column: value}}")
    return Record(row, at)


def _csv(path: Path, columns: Sequence[str]) -> Iterator[Record]:
    csv.field_size_limit(2**31 - 1)  # the library refuses fields of 131,073 characters
    tabs = Path(path.stem if path.suffix == ".gz" else path.name).suffix == ".tsv"
    with _opened(path, "") as file:
        lines = csv.reader(file, delimiter="\t" if tabs else ",")
        names = next(lines, [])
        for fields in lines:
            at = f"{path}, line {lines.line_num}"
            if fields and len(fields) != len(names):
                raise ValueError(
                    f"{at} has {len(fields)} fields, its header has {len(names)}; quote fields "
                    "that hold the separator"
                )
            if fields:
                yield Record(dict(zip(names, fields, strict=True)), at)


def _plain(path: Path, unit: str) -> Iterator[Record]:
    if unit == "file":
        yield Record({"text": _text(path)}, str(path))
        return
    paragraph: list[str] = []
    for number, line in enumerate(chain(_lines(path), [""]), start=1):
        if unit == "line" and line.strip():
            yield Record({"text": line.rstrip("\r")}, f"{path}, line {number}")
        elif unit == "paragraph" and line.strip():
            paragraph.append(line.rstrip("\r"))
        elif paragraph:
            yield Record({"text": "\n".join(paragraph)}, f"{path}, before line {number}")
            paragraph = []


READERS: dict[str, Callable[[Path, Sequence[str]], Iterator[Record]]] = {
    ".jsonl": _json,
    ".ndjson": _json,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": read_parquet,
}
