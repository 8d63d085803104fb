"""Results that a run keeps, what data they stand on, and the sentence if the data are others now.

Imports no torch: the data themselves are built and compared in a worker, by `unchanged`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError
from mtkd.files import UnreadableFile, read_json
from mtkd.manifests import Recorded, changes, recorded
from mtkd.study.ledger import Ledger

LISTED = 3
"""Folders that a sentence names one by one."""


class DataChanged(ConfigError):  # noqa: N818
    """Results that are kept stand on other data, or other weights, than new ones would."""


@dataclass(frozen=True)
class Standing:
    """A result that is kept.

    Attributes:
        kind: "trial" or "teacher".
        folder: Where it lies.
        recorded: What its manifest says of them.
    """

    kind: str
    folder: Path
    recorded: Recorded


def standings(ledger: Ledger) -> list[Standing]:
    """Trials that are done, and teachers of which anything is there: a run goes on from it."""
    plan = ledger.plan
    teachers = {ledger.folders[teacher.id] for teacher in plan.teachers.values()}
    found = [
        Standing("teacher", folder, recorded(folder))
        for folder in sorted(teachers)
        if is_begun(folder)
    ]
    for key in plan.runs:
        if key in ledger.done:
            folder = ledger.folders[key]
            found.append(Standing("trial", folder, recorded(folder)))
    return found


def is_begun(folder: Path) -> bool:
    """Whether a teacher left weights or answers there, which are not made again."""
    return any(folder.glob("*.safetensors")) or any(folder.glob("predictions/*.npz"))


def may_change(data: Any) -> bool:
    """Whether a node of data may mean other items tomorrow: it names own code, or holds text.

    A text may be the path of a file. What is left are data of mtkd made from numbers alone, such
    as `Digits`, which only an installation changes.
    """
    if isinstance(data, dict):
        texts = [value for key, value in data.items() if key != "_target_"]
        return not str(data.get("_target_", "mtkd.")).startswith("mtkd.") or may_change(texts)
    if isinstance(data, list):
        return any(map(may_change, data))
    return isinstance(data, str)


def identities(ledger: Ledger) -> dict[str, tuple[str, Path]]:
    """Content hash and folder of each teacher that is used as its target gives it and is done."""
    found = {}
    for name, teacher in ledger.plan.teachers.items():
        folder = ledger.folders[teacher.id]
        if teacher.config["trainer"] is None and teacher.id in ledger.done:
            try:
                said = read_json(folder / "result.json").get("identity")
            except UnreadableFile:
                continue
            if said:
                found[name] = said, folder
    return found


def refuse_changed(kept: Iterable[Standing], now: Recorded, name: str) -> None:
    """Stop where something that is kept stands on other data than there are now.

    Args:
        kept: See `standings`.
        now: The entries of a manifest written now.
        name: The class of the data.

    Raises:
        DataChanged: What changed, what stands on the old data, and what to do.
    """
    stale = [(one, changes(one.recorded, now)) for one in kept]
    stale = [(one, changed) for one, changed in stale if changed]
    if not stale:
        return
    found = [one for one, _ in stale]
    raise DataChanged(
        f"config.data: {name} has changed since {who(found)} of this study learnt from it: "
        f"{', '.join(stale[0][1])}; new trials would be compared with old ones on other data, so "
        "nothing was run and nothing removed; put the old data back, give another folder with "
        f"--runs to do all on the new data, or remove {listed(found)}"
    )


def who(stale: Sequence[Standing]) -> str:
    """`6 trials and 1 teacher`."""
    counts = {kind: sum(one.kind == kind for one in stale) for kind in ("trial", "teacher")}
    return " and ".join(f"{n} {kind}{'s' * (n > 1)}" for kind, n in counts.items() if n)


def listed(stale: Sequence[Standing]) -> str:
    """The folders to remove; of many trials the one they all lie in."""
    trials = [one.folder for one in stale if one.kind == "trial"]
    teachers = [near(one.folder) for one in stale if one.kind == "teacher"]
    many = len(trials) > LISTED
    return " and ".join([*([near(trials[0].parent)] if many else map(near, trials)), *teachers])


def near(path: Path) -> str:
    """`path` as seen from the current folder, if it lies in it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
