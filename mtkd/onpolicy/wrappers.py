"""Sources that hold other sources."""

from __future__ import annotations

from collections.abc import Iterator

from mtkd.teachers import TeacherSource


def inside(source: TeacherSource) -> Iterator[TeacherSource]:
    """`source` and every source it wraps, from the outside to the inside."""
    yield source
    for value in vars(source).values():
        if isinstance(value, TeacherSource):
            yield from inside(value)
