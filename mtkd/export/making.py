"""From what was asked for to a folder, and what is said about it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtkd.config import find_study, instantiate, search_beside
from mtkd.export.finished import WEIGHTS, find_trial, finished_config


def export(options: argparse.Namespace) -> str:
    """Write the student that `options` name; returns what to print.

    Raises:
        ValueError: One sentence: no such student, not done, no language model, a file that is not
            where the study had it, or a folder that is not empty.
    """
    _check_empty(options.folder)
    trial = find_trial(options.trained, options.student, options.seed)
    config = finished_config(trial)
    if options.study is not None:
        search_beside(find_study(options.study))
    from mtkd.export.classes import name_classes
    from mtkd.export.ends import take_ends
    from mtkd.export.student import language_model
    from mtkd.export.tokenizer import tokenizer_of
    from mtkd.weights import load_weights

    with _told_where(trial):
        student = instantiate(config["student"], "config.student")
    model = language_model(student, trial)
    load_weights(student, trial / WEIGHTS)
    with _told_where(trial):
        tokenizer = tokenizer_of(config, student)
    take_ends(model.model, tokenizer)
    nameless = name_classes(model, config)
    write = _write_additions if options.adapter else _write_model
    how = write(model, options.folder, tokenizer)
    names = ", ".join(sorted(path.name for path in options.folder.iterdir()))
    lacking = "" if tokenizer is not None else "; the data have no tokenizer to go with it"
    return f"{trial.name}\nwritten to {options.folder}: {names}{lacking}{nameless}\n{how}"


def _write_model(model: Any, folder: Path, tokenizer: Any) -> str:
    """All of it; returns how to load it."""
    from mtkd.export.student import loader
    from mtkd.language import save_student

    save_student(model, folder, tokenizer)
    return f"load it: transformers.{loader(model)}.from_pretrained({str(folder)!r})"


def _write_additions(model: Any, folder: Path, tokenizer: Any) -> str:
    """The additions alone; returns how to load them."""
    from mtkd.language import LowRankModel, save_additions

    if not isinstance(model, LowRankModel):
        raise ValueError(
            f"--adapter writes low-rank additions, but the student is a {type(model).__name__} "
            "without any; leave --adapter out to write all of it"
        )
    save_additions(model, folder, tokenizer)
    base = model.model.config.name_or_path
    return f"add them to {base}: peft.PeftModel.from_pretrained(model, {str(folder)!r})"


def _check_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there and not empty; give a new folder for the model")


@contextmanager
def _told_where(trial: Path) -> Iterator[None]:
    """An error about something that is not found says from where it was looked up."""
    try:
        yield
    except ValueError as error:
        raise ValueError(
            f"{error} ({trial}/config.yaml: its paths are looked up from the current folder, so "
            "run this where the study was run; give --study if it has classes of its own)"
        ) from None
