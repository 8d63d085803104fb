"""JSON files that processes hand to each other: versioned, and refused in one sentence."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from mtkd.files import UnreadableFile, read_json


class Fields:
    """The fields of one JSON object, each taken out with its rule.

    Args:
        source: The file, for sentences.
        content: The object.
        remedy: What to do about a bad file.
    """

    def __init__(self, source: Path | str, content: Mapping[str, Any], remedy: str) -> None:
        self.source = source
        self.content = content
        self.remedy = remedy

    @classmethod
    def read(cls, path: Path | str, kind: str, version: int, remedy: str) -> "Fields":
        """The object in a file that must have this `format` and `version`.

        Raises:
            UnreadableFile: Missing, damaged, something else, or of another version.
        """
        if not Path(path).is_file():
            raise UnreadableFile(f"{path} does not exist; {remedy}")
        content = read_json(path)
        found = content.get("format") if isinstance(content, dict) else None
        if found != kind:
            raise UnreadableFile(f"{path} holds no {kind!r} (its format is {found!r}); {remedy}")
        if content.get("version") != version:
            raise UnreadableFile(
                f"{path} is a {kind} of version {content.get('version')}, this mtkd reads "
                f"version {version}; {remedy}"
            )
        return cls(
            path, {k: v for k, v in content.items() if k not in ("format", "version")}, remedy
        )

    def about(self, what: str) -> str:
        """A sentence that begins with the file."""
        return what if what.startswith(str(self.source)) else f"{self.source}: {what}"

    def only(self, known: set[str]) -> None:
        """Stop at a field that nobody reads: it would be ignored silently."""
        for name in self.content.keys() - known:
            self.stop(name, "is not a field of this version", f"one of {', '.join(sorted(known))}")

    def get(self, name: str) -> Any:
        """A field as it is; stops where it is missing."""
        if name not in self.content:
            self.stop(name, "is missing")
        return self.content[name]

    def inner(self, name: str) -> "Fields":
        """A field that is an object itself."""
        value = self.get(name)
        if not isinstance(value, dict):
            self.stop(name, f"is {value!r}", "an object")
        return Fields(self.source, value, self.remedy)

    def text(self, name: str) -> str:
        """Words."""
        value = self.get(name)
        if not isinstance(value, str):
            self.stop(name, f"is {value!r}", "a text")
        return str(value)

    def count(self, name: str, least: int = 0) -> int:
        """A whole number from `least`."""
        return self._count(name, self.get(name), least)

    def number(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high]."""
        return self._number(name, self.get(name), low, high)

    def optional(self, name: str) -> float | None:
        """A number in [0, 1], or null."""
        return None if self.get(name) is None else self.number(name)

    def counts(self, name: str) -> tuple[int, ...]:
        """Whole numbers."""
        return tuple(self._count(name, value, 0) for value in self._list(name))

    def numbers(self, name: str, low: float, high: float) -> tuple[float, ...]:
        """Numbers in [low, high]."""
        return tuple(self._number(name, value, low, high) for value in self._list(name))

    def rising(self, name: str) -> tuple[float, ...]:
        """Numbers in [0, 1] that rise strictly."""
        values = self.numbers(name, 0.0, 1.0)
        if any(later <= earlier for earlier, later in pairwise(values)):
            self.stop(name, "does not rise", "rising numbers")
        return values

    def _list(self, name: str) -> list[Any]:
        value = self.get(name)
        if not isinstance(value, list):
            self.stop(name, f"is {value!r}", "a list")
        return list(value)

    def _count(self, name: str, value: Any, least: int) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < least:
            self.stop(name, f"is {value!r}", f"a whole number from {least}")
        return int(value)

    def _number(self, name: str, value: Any, low: float, high: float) -> float:
        real = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not real or not low <= value <= high:
            self.stop(name, f"is {value!r}", f"a number in [{low:g}, {high:g}]")
        return float(value)

    def stop(self, name: str, what: str, expected: str = "") -> None:
        """Refuse the file because of one field."""
        wanted = f", expected {expected}" if expected else ""
        raise UnreadableFile(f"{self.source}: field {name!r} {what}{wanted}; {self.remedy}")
