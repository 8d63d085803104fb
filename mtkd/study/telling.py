"""Errors of what a study is made of, told with the config path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mtkd.config import ConfigError
from mtkd.memory import OutOfMemory, told_memory


@contextmanager
def told_room(at: str) -> Iterator[None]:
    """Running out of memory while a model is made or asked is an error of the config."""
    advice = "make it smaller or set dtype: bfloat16, or leave more memory free"
    try:
        with told_memory("making this model or asking it about two rows", advice):
            yield
    except OutOfMemory as error:
        raise ConfigError(f"{at}: {error}") from error
