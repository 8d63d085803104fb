"""What a study's own modules import of each other, read from their text: none is imported."""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mtkd.config.sources import find_module


def with_imports(modules: Iterable[tuple[str, Path]], own: Callable[[Path], bool]) -> set[Path]:
    """Files of some modules, and of the own ones that they import, and those import.

    An import counts wherever it stands in a file. What is imported under a computed name, or
    read as a file, is not found.

    Args:
        modules: Their dotted names and files.
        own: Whether a file is worth following.
    """
    found: set[Path] = set()
    waiting = [(name, file) for name, file in modules if own(file)]
    while waiting:
        name, file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += [one for one in _imported(name, file) if own(one[1])]
    return found


def _imported(name: str, file: Path) -> Iterator[tuple[str, Path]]:
    """Modules, with the packages they lie in, that a file imports."""
    for target in set(_names(name, file)):
        parts = target.split(".")
        for end in range(1, len(parts) + 1):
            spec = find_module(".".join(parts[:end]))
            if spec is None:
                break
            if spec.origin is not None and spec.has_location:
                yield spec.name, Path(spec.origin)


def _names(name: str, file: Path) -> Iterator[str]:
    """Dotted names that may be modules: of `from a import b` also `a.b`."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # compiled, or refused when it is imported
        return
    package = name.split(".") if file.stem == "__init__" else name.split(".")[:-1]
    yield ".".join(package) or name
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
