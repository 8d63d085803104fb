"""A student in a folder that transformers, and `causal_model`, read back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtkd.language.adapters import SequenceModel, TokenModel
from mtkd.language.low_rank import LowRankModel
from mtkd.language.progress import no_bars

MODEL_FILES = {".json", ".safetensors", ".jinja", ".model", ".txt"}
"""Endings of what a saved model and its tokenizer consist of."""


def save_student(
    student: TokenModel | SequenceModel, folder: str | Path, tokenizer: Any = None
) -> None:
    """Write config and weights, tied weights once and low-rank additions summed in.

    The student is not changed and can be trained further. The folder appears as a whole: it is
    written beside its place and moved there; an older model there is replaced.

    Args:
        student: From `causal_model`, `masked_model`, `sequence_classifier` or `LowRankModel`.
        folder: Where the model goes.
        tokenizer: A transformers tokenizer whose files go beside it, or None.

    Raises:
        ValueError: Something that is no saved model is in the way, or the weights are quantised.
        OSError: The system refused; nothing is left behind.
    """
    with _replaced(Path(folder).absolute()) as fresh, no_bars():
        student.model.save_pretrained(fresh, state_dict=student.weights())
        if tokenizer is not None:
            tokenizer.save_pretrained(fresh)


def save_additions(student: LowRankModel, folder: str | Path, tokenizer: Any = None) -> None:
    """Write a student's low-rank additions alone, for peft and for servers that add them.

    Arguments and errors are those of `save_student`; further:

    Raises:
        ValueError: The model below is made from a config: no folder holds it.
    """
    with _replaced(Path(folder).absolute()) as fresh:
        student.save_additions(fresh)
        (fresh / "README.md").unlink(missing_ok=True)  # peft's card, with nothing filled in
        if tokenizer is not None:
            tokenizer.save_pretrained(fresh)


@contextmanager
def _replaced(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` when all went well."""
    _check_free(folder)
    fresh, old = (folder.with_name(f".{folder.name}.{os.getpid()}{end}") for end in "~-")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if folder.exists():
            os.replace(folder, old)
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _check_free(folder: Path) -> None:
    """Refuse to replace what is no saved model: it would be deleted."""
    if not folder.exists():
        return
    inside = list(folder.iterdir()) if folder.is_dir() else [folder]
    model = (folder / "config.json").is_file() and all(
        entry.is_file() and entry.suffix in MODEL_FILES for entry in inside
    )
    if inside and not model:
        raise ValueError(
            f"{folder} holds something else than a saved model; give a folder of its own to save "
            "the student in"
        )
