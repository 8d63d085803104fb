"""Classes and functions that the tests of configs name."""

from collections.abc import Sequence
from dataclasses import dataclass


class Thing:
    def __init__(self, size: int, share: float = 0.5, name: str | None = None) -> None:
        if not 0 < share < 1:
            raise ValueError(f"share must be within (0, 1), got {share}")
        self.size, self.share, self.name = size, share, name


class Child(Thing):
    pass


class Many:
    def __init__(self, parts: Sequence[Thing], on: bool = True, **rest: float) -> None:
        self.parts, self.on, self.rest = list(parts), on, rest


@dataclass(frozen=True)
class Record:
    left: int
    right: str = "r"


def pair(first, second, third=3):
    return first, second, third


def broken(size: int) -> None:
    len(size)


def wrapped(function):
    return lambda *arguments, **named: function(*arguments, **named)


@wrapped
def decorated(a, b=2):
    return a, b


VALUE = 3
computed = wrapped(pair)


def loads(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()


def raises(kind: str) -> None:
    kinds = {
        "index": IndexError("one\n  two"),
        "run": RuntimeError("size mismatch"),
        "own": OwnError("x"),
    }
    raise {**kinds, "empty": AssertionError(), "lost": ConnectionError("gone")}[kind]


class OwnError(Exception):
    """An error of a library that knows nothing of Python's own kinds."""
