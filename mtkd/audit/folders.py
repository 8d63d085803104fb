"""Folders with a file of predictions for each domain of a model, or for each model of a domain."""

from pathlib import Path

from mtkd.audit.tables import READERS
from mtkd.results.models import CLEAN


def of_trial(folder: Path) -> dict[str, Path]:
    """Domains of a saved trial or teacher, by the names of its files.

    Raises:
        ValueError: It has no predictions of clean items, or a domain twice.
    """
    stored = folder / "predictions"
    files: dict[str, Path] = {}
    for path in sorted(stored.glob("*")):
        if path.suffix.lower() in READERS and not path.name.startswith("."):
            if path.stem in files:
                raise ValueError(
                    f"{stored} holds {files[path.stem].name} and {path.name}; keep one"
                )
            files[path.stem] = path
    if CLEAN not in files:
        raise ValueError(
            f"{folder} holds no predictions/{CLEAN}.npz and no config.json; give the folder of a "
            "finished trial, like runs/<study>/trials/<trial>, of a model, or a file"
        )
    return files


def in_folder(folder: Path, name: str) -> Path:
    """The file in `folder` that is named like a model.

    Raises:
        ValueError: There is none, or several.
    """
    found = [path for suffix in READERS if (path := folder / f"{name}{suffix}").is_file()]
    if len(found) != 1:
        raise ValueError(
            f"{folder} holds {' and '.join(path.name for path in found) or f'no file of {name}'}, "
            f"expected one of {', '.join(name + suffix for suffix in READERS)}"
        )
    return found[0]
