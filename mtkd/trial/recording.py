"""A source asked about many examples, its answers kept on disk until all are there."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import torch

from mtkd.data import Examples
from mtkd.data.examples import Batch
from mtkd.data.fingerprint import fingerprint
from mtkd.signals import Signal
from mtkd.teachers import CachedTeacher, TeacherSource
from mtkd.token_evaluation import ROWS
from mtkd.trial.answers import one_signal

PARTS = "parts"
"""Folder, in a teacher's, of answers that wait for the rest."""

PART = 8 * ROWS
"""Examples whose answers are kept in one file until all are there: so many are asked again after
a crash, at most."""


def asked(source: TeacherSource, examples: Examples, parts: Path) -> CachedTeacher:
    """What a source says about every example; what was asked before a crash is not asked again.

    Args:
        source: Gives complete or partial signals.
        examples: What to ask about.
        parts: `PARTS` or a folder in it, for files of answers; who calls removes it.

    Raises:
        ValueError: Its answers to two batches are of different kinds; see also `TeacherSource`.
    """
    found: list[CachedTeacher] = []
    for number, start in enumerate(range(0, len(examples), PART)):
        some = examples.take(torch.arange(start, min(start + PART, len(examples))))
        found.append(_part(source, some, parts / f"{number}.safetensors"))
        done = start + len(some)
        print(f"{type(source).__name__}: {done} of {len(examples)} examples asked", flush=True)
    ids = torch.cat([part.example_id for part in found])
    return CachedTeacher(ids, one_signal([part.signal for part in found]), source.identity)


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
    said = [_answer(source, batch) for batch in examples.in_order(ROWS)]
    part = CachedTeacher(examples.ids, one_signal(said), key)
    part.save(path)
    return part


def _answer(source: TeacherSource, batch: Batch) -> Signal:
    """A copy of what it says about one batch: its next answer may come in the same memory."""
    copy: Signal = source(batch).map(lambda values: values.to("cpu", copy=True))
    return copy
