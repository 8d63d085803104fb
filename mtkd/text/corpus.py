"""Real text that every machine has: Python's standard library, by domain."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

CODE = {
    "net": ("email", "http", "urllib", "xmlrpc", "html", "xml", "wsgiref"),
    "asyncio": ("asyncio", "concurrent", "multiprocessing"),
    "gui": ("tkinter", "idlelib", "turtledemo", "turtle.py"),
}
"""Packages whose source is a domain's text."""

DOCUMENTED = ("collections", "ctypes", "curses", "dbm", "importlib", "json", "logging", "sqlite3",
              "unittest", "venv", "zoneinfo")  # fmt: skip
"""Packages whose docstrings are prose; none of them is code of another domain."""

DOMAINS = ("prose", *CODE, "core")


def domain_text(domain: str) -> str:
    """All text of a domain, files in the order of their names, with a blank line between.

    `prose` is the help topics of `pydoc` and docstrings of packages that are no other domain;
    `net`, `asyncio` and `gui` are source code; `core` is the source of the modules that are
    single files. Tests are left out, since many installations lack them; so is what this
    installation lacks (`gui` often), so the text differs by Python version and packager.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    if domain == "prose":
        return "\n\n".join([*_topics(), *_docstrings(root)])
    if domain == "core":
        taken = {name for names in CODE.values() for name in names}
        files = sorted(path for path in root.glob("*.py") if path.name not in taken)
    else:
        files = [path for name in CODE[domain] for path in _sources(root / name)]
    return "\n\n".join(filter(None, map(_read, files)))


def _sources(place: Path) -> list[Path]:
    if place.suffix:
        return [place] if place.exists() else []
    inside = (path for path in place.rglob("*.py") if not {"test", "idle_test"} & set(path.parts))
    return sorted(inside)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _topics() -> Iterator[str]:
    try:
        from pydoc_data.topics import topics
    except ImportError:
        return
    yield from (text for _, text in sorted(topics.items()))


def _docstrings(root: Path) -> Iterator[str]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for path in (path for name in DOCUMENTED for path in _sources(root / name)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in old sources
            try:
                tree = ast.parse(_read(path))
            except (SyntaxError, ValueError):
                continue
        found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, holders))
        yield from filter(None, found)
