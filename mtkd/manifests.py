"""What `manifest.json` says about the data a result stands on, and whether several agree.

Imports no torch: a report reads it too.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError
from mtkd.files import read_mapping

FILE = "manifest.json"
AUDIT = "audit.json"
"""In the folder of an audit, whose manifests speak of each model's own file, not of shared data."""

DOMAIN = "domain "
HASHES = ("sha256", "columns")
"""Keys of an entry that identify content, see `mtkd.data.fingerprint`."""

Recorded = Mapping[str, Mapping[str, Any]]
"""Entries by name: splits as they are called, evaluation domains as `domain gui`."""


def recorded(folder: Path) -> dict[str, dict[str, Any]]:
    """What the manifest in `folder` says of splits and domains; empty where it says nothing."""
    parts = read_mapping(folder / FILE)
    return entries(parts.get("data"), parts.get("domains"))


def entries(splits: Any, domains: Any) -> dict[str, dict[str, Any]]:
    """Both parts of a manifest under one kind of name; what is no mapping is left out."""
    found: dict[str, dict[str, Any]] = {}
    for prefix, part in (("", splits), (DOMAIN, domains)):
        for name, entry in (part if isinstance(part, dict) else {}).items():
            if isinstance(entry, dict):
                found[f"{prefix}{name}"] = entry
    return found


def as_manifest(found: Recorded) -> dict[str, dict[str, Any]]:
    """The two parts of a manifest that `entries` put together."""
    domains = {n.removeprefix(DOMAIN): entry for n, entry in found.items() if n.startswith(DOMAIN)}
    splits = {name: entry for name, entry in found.items() if not name.startswith(DOMAIN)}
    return {"data": splits, "domains": domains}


def differs(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two entries are about other content; a hash that one of them lacks says nothing."""
    return any(then[key] != now[key] for key in HASHES if key in then and key in now)


def changes(then: Recorded, now: Recorded) -> list[str]:
    """What of `then` has other content `now`, a phrase each; domains only where no split has."""
    names = [name for name in then if name in now and differs(then[name], now[name])]
    splits = [name for name in names if not name.startswith(DOMAIN)]
    return [f"{name} {_change(then[name], now[name])}" for name in splits or names]


def _change(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    before, after = then.get("items"), now.get("items")
    if before != after:
        return f"had {before} items and now has {after}"
    if then.get("sha256") != now.get("sha256"):
        return f"has {after} items as before, but not the same"
    return f"has the same {after} items and labels, but other columns beside them"


def refuse_mixture(run: Path) -> None:
    """Stop where results of one run folder that should stand on the same data do not.

    All trials and teachers of a study share their data, which no axis of a grid may set. What has
    no manifest agrees with everything.

    Raises:
        ConfigError: It names what differs and two folders.
        ValueError: See `read_study`.
    """
    if (run / AUDIT).exists():
        return
    first: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    for folder in _results(run):
        for name, entry in recorded(folder).items():
            other, before = first.setdefault(name, (folder, entry))
            if differs(before, entry):
                was, now = _content(before, entry), _content(entry, before)
                raise ConfigError(
                    f"{run} mixes results that stand on different data: {name} has "
                    f"{was} in {other} and {now} in {folder}; remove the "
                    "folders of those on the data you do not want, and run the study again"
                )


def _results(run: Path) -> list[Path]:
    """Folders of every teacher and finished trial that `study.json` lists."""
    from mtkd.results.index import read_study  # what a run does before its report needs no metrics

    study = read_study(run)
    folders = [teacher.folder for teacher in study.teachers]
    folders += [trial.folder for trial in study.trials if trial.state == "done"]
    return [folder.resolve() for folder in folders]


def _content(entry: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Items of an entry and its hashes, with as many digits as tell them from another's."""
    hashes = []
    for key in (key for key in HASHES if key in entry):
        whole, short = str(entry[key]), str(entry[key])[:12]
        alike = entry[key] != other.get(key) and str(other.get(key)).startswith(short)
        hashes.append(f"{key} {whole if alike else short}")
    return f"{entry.get('items')} items ({' and '.join(hashes)})"
