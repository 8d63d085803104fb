"""Queries with the names of their intents: from CLINC150's own file, or split by split."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mtkd.text.places import Place, paths_of
from mtkd.text.records import read_records

Query = tuple[str, str]
"""A text and the name of its intent."""

SPLITS = {"train": "train", "validation": "val", "test": "test"}
"""Our name of a split, and CLINC150's."""


def read_queries(source: str | Mapping[str, Place], nothing: str) -> dict[str, list[Query]]:
    """Queries by split; those out of scope have the intent `nothing`.

    Args:
        source: Path of CLINC150's JSON, or the place of each split.
        nothing: What CLINC150's out-of-scope test queries are called.

    Raises:
        ValueError: A file, a split or a column is missing.
    """
    return _clinc(Path(source), nothing) if isinstance(source, str) else _files(source)


def read_texts(place: Place, name: str) -> list[str]:
    """Texts alone, of traffic whose intents are not ours.

    Raises:
        ValueError: There is no such file, or no column `text`.
    """
    records = [one for path in paths_of(place, name) for one in read_records(path, ("text",))]
    return [str(one.values["text"]) for one in records]


def _clinc(path: Path, nothing: str) -> dict[str, list[Query]]:
    """Splits of CLINC150's own file, its out-of-scope test queries among the test split."""
    try:
        content = json.loads(path.read_bytes())
        found = {ours: [(t, i) for t, i in content[theirs]] for ours, theirs in SPLITS.items()}
        found["test"] += [(text, nothing) for text, _ in content["oos_test"]]
    except FileNotFoundError:
        raise ValueError(
            f"there is no file {path.absolute()}; give data.source the path of CLINC150's "
            "data_full.json (https://github.com/clinc/oos-eval), or {train: …, validation: …, "
            "test: …} on the Hugging Face hub"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not CLINC150's JSON of train, val, test and oos_test with [text, intent] "
            f"pairs ({type(error).__name__}: {error})"
        ) from None
    return found


def _files(source: Mapping[str, Place]) -> dict[str, list[Query]]:
    missing = [name for name in SPLITS if name not in source]
    if missing:
        raise ValueError(f"data.source has no {missing[0]!r}; it needs {', '.join(SPLITS)}")
    found = {}
    for name in SPLITS:
        records = [
            one
            for path in paths_of(source[name], name)
            for one in read_records(path, ("text", "intent"))
        ]
        found[name] = [(str(one.values["text"]), str(one.values["intent"])) for one in records]
    return found
