"""Whom to ask about which examples, and the asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter

import torch
from torch import Tensor

from mtkd.counting import counted, example_numbers
from mtkd.memory import TEACHER_ADVICE, told_memory
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import Signal
from mtkd.teachers import Batch, TeacherSource
from mtkd.untouched import untouched
from mtkd.weighting import TeacherWeighting


def ask(
    teachers: Mapping[str, TeacherSource],
    batch: Batch,
    output: ModelOutput,
    recipe: Recipe,
    training: bool,
) -> list[Signal]:
    """The signals of all teachers about a batch, in their order.

    Args:
        teachers: Sources by name.
        batch: What they are asked about.
        output: The student's, which a learned weighting looks at to spare some of them.
        recipe: Its weighting and chunk count here.
        training: Whether teachers may be spared at all.
    """
    wanted = None
    if teachers and training and recipe.weighting.learns:
        wanted = wanted_teachers(recipe.weighting, output, batch["mask"], recipe.chunk)
    signals = []
    for index, (name, source) in enumerate(teachers.items()):
        with told_memory(f"teacher {name}", TEACHER_ADVICE):
            signals.append(source(batch, None if wanted is None else wanted[index]))
    return signals


@torch.no_grad()
def wanted_teachers(
    weighting: TeacherWeighting, output: ModelOutput, mask: Tensor, chunk: int
) -> Tensor | None:
    """`[teacher, batch]` booleans, the examples worth asking each teacher about; None: all.

    Only counted positions are looked at, and whole examples at a time, so that no more than
    `chunk` positions have logits (more only where a single example is longer). An example
    without a counted position is worth nobody's time.

    Args:
        weighting: Whose `select` decides.
        output: The student's, `[batch, ...]`.
        mask: `[batch, ...]` booleans.
        chunk: Positions whose logits exist at one time.
    """
    parts = []
    for rows in _whole_examples(mask, chunk):
        some, pick = mask[rows], counted(mask[rows])
        seen = output.map(itemgetter(rows)).map(pick)
        shown = seen.dense(), seen.hidden, pick(example_numbers(some))
        chosen = untouched(f"{type(weighting).__name__}.select", weighting.select, *shown)
        if chosen is None:
            return None
        part = chosen.new_zeros(len(chosen), len(some))
        part[:, some.flatten(1).any(dim=1) if some.dim() > 1 else some] = chosen
        parts.append((rows, part))
    whole = parts[0][1].new_zeros(len(parts[0][1]), len(mask))
    for rows, part in parts:
        whole[:, rows] = part
    return whole


def _whole_examples(mask: Tensor, chunk: int) -> Iterator[slice]:
    """Slices of the batch with at most `chunk` counted positions, or one example, and not none."""
    counts = mask.reshape(len(mask), -1).sum(dim=1).tolist()
    start, held = 0, 0
    for row, count in enumerate(counts):
        if held and held + count > chunk:
            yield slice(start, row)
            start, held = row, 0
        held += count
    if held:
        yield slice(start, len(counts))
