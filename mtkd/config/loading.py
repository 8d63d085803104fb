"""A study file, what it stands on, and what the command line changes in it.

Every YAML file of ours is a piece of a study, with the study's own keys, so any of them can
be a `base`. Where a piece is named instead of written out (`loss: configs/loss/renyi.yaml`),
what that file has under the same key is taken.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtkd.config.errors import ConfigError, nearest
from mtkd.config.merging import merge, set_path
from mtkd.config.text import parse_value, read_yaml, refuse_several, resolve

STUDY_FILE = "study.yaml"
PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = PACKAGE if (PACKAGE / "configs").is_dir() else PACKAGE.parent
"""Folder that holds mtkd's own `configs/`: the installed package, or the source tree."""


def find_study(path: Path | str) -> Path:
    """The YAML file of a study, given as that file or as the folder around `study.yaml`.

    Raises:
        ConfigError: There is none; the sentence names a near one if it exists.
    """
    path = Path(path)
    file = path / STUDY_FILE if path.is_dir() or not path.suffix else path
    if file.is_file():
        return file.resolve()
    siblings = [found.parent.name for found in path.parent.glob(f"*/{STUDY_FILE}")]
    hint = nearest(path.name, siblings, f"{path.parent}/") or "; give a YAML file or its folder"
    raise ConfigError(f"there is no {file}{hint}")


def search_beside(study: Path) -> None:
    """Let `_target_` reach modules beside the study: `losses.Mine`, `experiments.x.losses.Mine`.

    Installed modules come first. The longer form needs the current folder above the study.
    """
    above = [folder for folder in study.parents if folder in (study.parent, Path.cwd())]
    sys.path += [str(folder) for folder in above if str(folder) not in sys.path]


def load(path: Path | str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """A study as a plain mapping: its bases under it, `overrides` on it, nothing left open.

    Args:
        path: See `find_study`.
        overrides: `key.inner=value` each, the value in YAML; it replaces what was there.

    Raises:
        ConfigError: A file is missing or no YAML, or an override or interpolation cannot be.
    """
    file = find_study(path)
    config = _read(file, ())
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"override {override!r} must look like key=value, or key.inner=value")
        refuse_several(key, text)
        value = parse_value(text, f"override {override!r}")
        config = _fill(set_path(config, key.split("."), value), file.parent)
    return resolve(config)


def _read(file: Path, above: Sequence[Path]) -> dict[str, Any]:
    """One file on top of its bases; `above` are the files that led here."""
    if file in above:
        chain = " -> ".join(path.name for path in [*above, file])
        raise ConfigError(f"{file} is its own base: {chain}")
    content = read_yaml(file)
    bases = content.pop("base", None) or []
    if not isinstance(bases, list) or not all(isinstance(base, str) for base in bases):
        raise ConfigError(f"{file}: base must be a list of paths, got {bases!r}")
    merged: dict[str, Any] = {}
    for base in bases:
        merged = merge(merged, _read(_find(base, file.parent), [*above, file]))
    return merge(merged, _fill(content, file.parent))


def _fill(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`config` with what a path names in place of every path."""
    filled = {key: _piece(value, (key,), folder) for key, value in config.items()}
    teachers, grid = filled.get("teachers"), filled.get("grid")
    if isinstance(teachers, dict):
        named = {name: _piece(node, ("teachers", name), folder) for name, node in teachers.items()}
        filled["teachers"] = named
    if isinstance(grid, list):
        filled["grid"] = [_fill_axes(product, folder) for product in grid]
    elif grid is not None:
        filled["grid"] = _fill_axes(grid, folder)
    return filled


def _fill_axes(product: Any, folder: Path) -> Any:
    """A product of the grid, its paths replaced by `{stem of the file: what it holds}`."""
    if not isinstance(product, dict):
        return product
    filled: dict[str, Any] = {}
    for axis, values in product.items():
        axis = str(axis)  # YAML reads some keys as numbers
        keys = axis.split(".")
        if isinstance(values, dict):
            values = {label: _piece(value, keys, folder) for label, value in values.items()}
        elif isinstance(values, list):
            values = [
                {Path(value).stem: _piece(value, keys, folder)} if _is_path(value) else value
                for value in values
            ]
        filled[axis] = values
    return filled


def _piece(value: Any, keys: Sequence[str], folder: Path) -> Any:
    """What the file `value` names has under `keys`; anything but a path as it is."""
    if not _is_path(value):
        return value
    found: Any = _read(_find(value, folder), ())
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise ConfigError(
                f"{value} has no {'.'.join(map(str, keys))!r}, so it cannot stand there"
            )
        found = found[key]
    return found


def _find(path: str, folder: Path) -> Path:
    """A YAML file named in another one: beside it, in the current folder, or shipped."""
    for root in (folder, Path.cwd(), SHIPPED):
        if (root / path).is_file():
            return (root / path).resolve()
    shipped = [str(file.relative_to(SHIPPED)) for file in SHIPPED.glob("configs/**/*.yaml")]
    hint = nearest(path, shipped) or "."
    raise ConfigError(f"no {path} beside {folder.name}/, in the current folder or in mtkd{hint}")


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.endswith((".yaml", ".yml"))
