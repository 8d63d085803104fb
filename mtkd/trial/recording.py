"""A source asked about many examples, its answers kept on disk until all are there."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from pathlib import Path

import torch

from mtkd.data import Examples
from mtkd.data.fingerprint import fingerprint
from mtkd.teachers import CachedTeacher, TeacherSource, table_file
from mtkd.token_evaluation import ROWS
from mtkd.trial.room import SOURCE_ADVICE, tell_room

PARTS = "parts"
"""Folder, in a teacher's, of answers that wait for the rest."""

WHOLE = "whole.safetensors"
"""File there of all answers."""

PART = 8 * ROWS
"""Examples whose answers are kept in one file until all are there: so many are asked again after
a crash, at most."""


def asked(source: TeacherSource, examples: Examples, parts: Path) -> CachedTeacher:
    """What a source says about every example; what was asked before a crash is not asked again.

    Args:
        source: Gives complete or partial signals.
        examples: What to ask about.
        parts: `PARTS` or a folder in it, for files of answers; who calls removes it. What is
            returned lies there in the file `WHOLE`.

    Raises:
        ValueError: Its answers to two batches are of different kinds, or have no room on the disk;
            see also `TeacherSource`.
    """
    path = parts / WHOLE
    told = partial(tell_room, path, len(examples), SOURCE_ADVICE)
    with table_file(path, examples.ids, source.identity, told) as table:
        for number, start in enumerate(range(0, len(examples), PART)):
            some = examples.take(torch.arange(start, min(start + PART, len(examples))))
            table.add(_part(source, some, parts / f"{number}.safetensors"))
            done = start + len(some)
            print(f"{type(source).__name__}: {done} of {len(examples)} examples asked", flush=True)
    return CachedTeacher.load(path, source.identity)


def _part(source: TeacherSource, examples: Examples, path: Path) -> CachedTeacher:
    """The answers to a few examples, asked for now or in an earlier attempt."""
    # A source may read labels, masks and whatever else a batch has, so inputs alone are no key.
    content = sha256(str(fingerprint(examples)).encode()).hexdigest()[:16]
    key = f"{source.identity} about {content}"
    if path.exists():
        try:
            return CachedTeacher.load(path, key)
        except ValueError:  # of another source, or about other examples
            path.unlink()
    with table_file(path, examples.ids, key) as table:
        for batch in examples.in_order(ROWS):
            table.add(CachedTeacher(batch["example_id"], source(batch), key))
    return CachedTeacher.load(path, key)
