"""Which files of a data set on the hub are one split: by its card, else by their names."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt")
WORDS = {
    "train": {"train", "training"},
    "validation": {"validation", "valid", "dev", "val"},
    "test": {"test", "testing", "eval", "evaluation"},
}
"""What the files of a split may be called, as in the `datasets` library."""


def files_of_split(
    name: str,
    there: Sequence[str],
    card: str,
    split: str,
    config: str | None,
    pattern: str | None,
) -> list[str]:
    """The paths of one split among those of the data set.

    Args:
        name: Of the data set, for error sentences.
        there: Paths of all its files.
        card: Its README, or "".
        split: Which split.
        config: Which configuration; None: the default.
        pattern: Takes the place of card and names.

    Raises:
        ValueError: There is no such split or configuration, with those there are.
    """
    readable = [path for path in there if path.removesuffix(".gz").endswith(SUFFIXES)]
    if pattern is not None:
        return _some(fnmatch.filter(readable, pattern), name, f"file {pattern!r}", readable)
    stated = _stated(name, card, config)
    if stated is not None:
        if split not in stated:
            raise ValueError(f"{name} has no split {split!r}; it has: {', '.join(stated)}")
        found = [path for path in readable if any(_means(p, path) for p in stated[split])]
        return _some(found, name, f"file of split {split!r}", readable)
    inside = readable
    if config is not None:
        inside = [path for path in readable if config in path.split("/")[:-1]]
        _some(inside, name, f"folder {config!r}", readable)
    words = WORDS.get(split, {split})
    # The words of a path: `data/train-00000-of-00001.parquet` is `data`, `train`, `of`, …
    found = [path for path in inside if words & set(re.split(r"[-._ 0-9/]+", path))]
    return _some(found, name, f"file of split {split!r}", readable)


def _means(pattern: str, path: str) -> bool:
    """Whether a pattern means `path`: `*` stays in a folder, `**` and a folder's name do not."""
    if pattern.endswith("/"):
        return path.startswith(pattern)
    kinds = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    whole = "".join(kinds.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(whole, path) is not None


def _some(found: list[str], name: str, what: str, there: Sequence[str]) -> list[str]:
    if not found:
        shown = ", ".join(there[:8]) + (", …" if len(there) > 8 else "")
        raise ValueError(f"{name} has no {what}; its files are: {shown or 'none that can be read'}")
    return found


def _stated(name: str, card: str, config: str | None) -> dict[str, list[str]] | None:
    """Patterns of each split, as the card states them; None if it does not."""
    front = re.match(r"---\s*\n(.*?)\n---", card, re.DOTALL)
    if front is None:
        return None
    import yaml

    try:
        content = yaml.safe_load(front[1])
    except (yaml.YAMLError, RecursionError):
        return None
    configs = content.get("configs") if isinstance(content, Mapping) else None
    listed = configs if isinstance(configs, list) else []
    stated = [c for c in listed if isinstance(c, Mapping) and "data_files" in c]
    if not stated:
        return None
    chosen = _config(name, stated, config)
    files, folder = chosen["data_files"], chosen.get("data_dir")
    entries = files if isinstance(files, list) else [files]
    splits: dict[str, list[str]] = {}
    for entry in entries:
        stating = entry if isinstance(entry, Mapping) else {"split": "train", "path": entry}
        split, paths = stating.get("split"), stating.get("path")
        inside = [paths] if isinstance(paths, str) else paths
        if not (isinstance(split, str | int) and isinstance(inside, list)):
            raise ValueError(
                f"the card of {name} has data_files that are no split and path; give a pattern "
                "of the split's files as files"
            )
        splits.setdefault(str(split), []).extend(
            f"{folder}/{p}" if folder else str(p) for p in inside
        )
    return splits


def _config(name: str, stated: Sequence[Mapping[str, Any]], config: str | None) -> Any:
    by_name = {str(one.get("config_name", "default")): one for one in stated}
    if config is not None:
        if config not in by_name:
            raise ValueError(f"{name} has no configuration {config!r}; {_names(by_name)}")
        return by_name[config]
    default = [one for key, one in by_name.items() if one.get("default") or key == "default"]
    if len(by_name) > 1 and not default:
        raise ValueError(f"{name} has several configurations, say which: {_names(by_name)}")
    return default[0] if default else stated[0]


def _names(configs: Iterable[str]) -> str:
    return f"config: {', '.join(configs)}"
