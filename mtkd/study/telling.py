"""Errors of what a study is made of, told with the config path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mtkd.config import ConfigError
from mtkd.memory import OutOfMemory, told_memory
from mtkd.study.trials import Trial


@contextmanager
def told_room(at: str) -> Iterator[None]:
    """Running out of memory while a model is made or asked is an error of the config."""
    advice = "make it smaller or set dtype: bfloat16, or leave more memory free"
    try:
        with told_memory("making this model or asking it about two rows", advice):
            yield
    except OutOfMemory as error:
        raise ConfigError(f"{at}: {error}") from error


@contextmanager
def told_cell(trial: Trial, trials: Sequence[Trial]) -> Iterator[None]:
    """An error about a key in which the cells differ says in which trial it was met."""
    try:
        yield
    except ConfigError as error:
        key = str(error).removeprefix("config.").split(":")[0].split(".")[0]
        cells = [one for one in trials if one.control is None]
        if len({json.dumps(one.config.get(key)) for one in cells}) > 1:
            error.args = (f"{error} (in {trial.cell_name})",)
        raise
