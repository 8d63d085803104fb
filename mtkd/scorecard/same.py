"""What two versions share, and what is said where they do not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.scorecard.figures import Figure
from mtkd.scorecard.names import FIGURES
from mtkd.scorecard.version import Version


def refuse_other_dataset(dataset: str, latest: Version, run: Path) -> None:
    """Stop where a run's items are not those of the book.

    Raises:
        ValueError: They are not.
    """
    if dataset != latest.hashes["dataset"]:
        raise ValueError(
            f"{run} was measured on dataset {dataset}, the book's latest version {latest.name} on "
            f"{latest.hashes['dataset']}; versions compare on the same items only: evaluate on "
            "those, start another --book, or add it apart with --other-dataset"
        )


def comparable(one: Version, other: Version) -> bool:
    """Figures of both are about the same items, measured in the same way."""
    return all(one.hashes[part] == other.hashes[part] for part in ("dataset", "rubric"))


def differences(before: Version, known: Mapping[str, str], rubric: Mapping[str, Any]) -> list[str]:
    """Sentences about what a comparison with an earlier version would pass over."""
    found = []
    if before.hashes["dataset"] != known["dataset"]:
        found.append(
            f"another dataset than {before.name}: no figure of the two is comparable, and flips "
            "are left out"
        )
    if before.hashes["rubric"] != known["rubric"]:
        found.append(f"another rubric than {before.name}: {_changed(before.rubric, rubric)}")
    if before.hashes["teacher"] != known["teacher"]:
        found.append(
            f"another teacher than {before.name}: ratios to the teacher moved with the teacher, too"
        )
    old, new = before.hashes.get("training data"), known.get("training data")
    if old and new and old != new:
        found.append(f"other training data than {before.name}")
    if before.hashes["student"] == known["student"]:
        found.append(f"the same student as {before.name}")
    return found


def same_rule(one: Version, other: Version, name: str) -> bool:
    """Whether a line may join the two values of a figure.

    Latency and DD-CEIR say in their convention on what hardware, or from which teacher. Sizes
    depend on no item.
    """
    kind, figures = FIGURES[name], (version.by_name[name] for version in (one, other))
    if not kind.sampled:
        return True
    told = len({figure.convention for figure in figures}) == 1
    if kind.unit in ("ms", "times"):
        return told
    return comparable(one, other) and (told or name != "dd_ceir")


def other_rules(before: Version, figures: Mapping[str, Figure]) -> list[str]:
    """Sentences about figures that carry conditions of their own, where those changed."""
    found = []
    for name in ("dd_ceir", "latency_p95"):
        old, new = before.by_name[name], figures[name]
        if old.known and new.known and old.convention != new.convention:
            found.append(
                f"{FIGURES[name].title} was measured otherwise in {before.name}: "
                f"{old.convention.partition(';')[0]}"
            )
    return found


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """`tau 0.9 -> 0.7` for every key that changed."""
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return ", ".join(f"{key} {_plain(old.get(key))} -> {_plain(new.get(key))}" for key in keys)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {inner}" for key, inner in value.items()) or "none"
    return "none" if value is None else str(value)
