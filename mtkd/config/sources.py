"""Where a dotted path is defined, found in source files: nothing is imported or executed."""

import ast
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path

from mtkd.config.errors import ConfigError, nearest

Definition = ast.ClassDef | ast.FunctionDef
LOADERS = (ExtensionFileLoader, EXTENSION_SUFFIXES), (SourceFileLoader, SOURCE_SUFFIXES)


def find_module(name: str) -> ModuleSpec | None:
    """Where a module's source lies; unlike `importlib`, this imports none of its parents."""
    return _find(name, tuple(sys.path))


@cache
def _find(name: str, search_path: tuple[str, ...]) -> ModuleSpec | None:
    parts = name.split(".")
    try:
        spec = importlib.util.find_spec(parts[0])
    except (ImportError, ValueError):
        return None
    for end in range(2, len(parts) + 1):
        if spec is None or spec.submodule_search_locations is None:
            return None
        spec = _inside(".".join(parts[:end]), list(spec.submodule_search_locations))
    return spec


def _inside(name: str, folders: Sequence[str]) -> ModuleSpec | None:
    """A module in one of the folders of its package; a mere folder is a namespace package."""
    found = [FileFinder(folder, *LOADERS).find_spec(name) for folder in folders]
    for spec in found:
        if spec is not None and spec.loader is not None:
            return spec
    return next(filter(None, found), None)


def split_target(target: str) -> tuple[ModuleSpec, list[str]]:
    """The longest part of `target` that is a module, and the names after it.

    Raises:
        ConfigError: A module on the way does not exist.
    """
    return _split(target, tuple(sys.path))


@cache
def _split(target: str, search_path: tuple[str, ...]) -> tuple[ModuleSpec, list[str]]:
    parts = target.split(".")
    found, end = None, 0
    while end < len(parts) and (spec := find_module(".".join(parts[: end + 1]))) is not None:
        found, end = spec, end + 1
    if found is None or (end < len(parts) - 1 and not _may_define(found, parts[end])):
        inside = "".join(f"{part}." for part in parts[:end])
        hint = nearest(parts[end], submodules(found), inside) if found else ""
        raise ConfigError(f"cannot import {target!r}: No module named '{inside}{parts[end]}'{hint}")
    return found, parts[end:]


def find_definition(spec: ModuleSpec, name: str) -> tuple[ModuleSpec, Definition] | None:
    """The class or function that `name` means in a module, and the module that defines it.

    None if the text does not tell: compiled modules, computed names.

    Raises:
        ConfigError: The module certainly has no such name.
    """
    tree = _tree(spec)
    if tree is None:
        return None
    bound = _bindings(tree)
    statement = bound.get(name)
    if isinstance(statement, Definition):
        return spec, statement
    if isinstance(statement, ast.ImportFrom):
        return _imported(spec, statement, name)
    if statement is None and not {"*", "__getattr__"} & bound.keys():
        hint = nearest(name, [*bound, *submodules(spec)])
        raise ConfigError(f"{spec.name} has no {name!r}{hint}")
    return None


def submodules(spec: ModuleSpec) -> list[str]:
    """Names of the modules inside a package; none for a plain module."""
    inside = [path for at in spec.submodule_search_locations or () for path in Path(at).iterdir()]
    return [path.stem for path in inside if path.is_dir() or path.suffix == ".py"]


def _imported(
    spec: ModuleSpec, statement: ast.ImportFrom, name: str
) -> tuple[ModuleSpec, Definition] | None:
    package = spec.name if spec.submodule_search_locations is not None else spec.parent or ""
    parents = package.split(".")[: 1 - statement.level or None] if statement.level else []
    source = find_module(".".join([*parents, *filter(None, [statement.module])]))
    original = next(alias.name for alias in statement.names if name in (alias.asname, alias.name))
    return None if source is None else find_definition(source, original)


def _may_define(spec: ModuleSpec, name: str) -> bool:
    tree = _tree(spec)
    return tree is None or bool({name, "*", "__getattr__"} & _bindings(tree).keys())


def _bindings(tree: ast.Module) -> dict[str, ast.stmt]:
    """Top-level names of a module and the statement that binds each."""
    bound: dict[str, ast.stmt] = {}
    for statement in _flat(tree.body):
        if isinstance(statement, Definition):
            bound[statement.name] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name: statement for alias in statement.names}
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            stored = [node.id for node in names if isinstance(node.ctx, ast.Store)]
            bound |= dict.fromkeys(stored, statement)
    return bound


def _flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run at import, those under `if` and `try` included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try):
            yield from _flat([*statement.body, *statement.orelse])


def _tree(spec: ModuleSpec) -> ast.Module | None:
    return _parse(spec.origin) if spec.origin and spec.origin.endswith(".py") else None


@cache
def _parse(file: str) -> ast.Module:
    return ast.parse(Path(file).read_bytes(), file)
