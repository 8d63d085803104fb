"""What a student's training cost, from one batch of each kind and how many there were."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.files import read_json
from mtkd.onpolicy.checks import recorded
from mtkd.onpolicy.wrappers import inside
from mtkd.signals import CompleteSignal
from mtkd.teachers import CachedTeacher, TeacherSource
from mtkd.trial.counted import Work, alike, work_of_data, work_of_text


def training_work(
    distiller: Distiller,
    examples: Examples,
    trainer: Mapping[str, Any],
    steps: int,
    said: Mapping[str, Path],
) -> dict[str, float | None]:
    """Floating-point operations of one optimizer step, on average over the training.

    `step_flop`: as it ran. A teacher counts for the examples that it was asked about, a recorded
    one by its head only; text of the student's own counts with its own length and its writing.
    `step_flop_live`: as if every teacher had run for every example, so that none was recorded,
    spared, or kept to its route; None where it is not known what one of them costs.
    Left out is what few steps have: the descriptions that are recorded now and then, and the
    example that a teacher reads where it is spared all of a batch.

    Args:
        distiller: After its training. The student is trained on here: save it before.
        examples: What it was trained on.
        trainer: `batch_size` and `accumulate_grad_batches`.
        steps: Optimizer steps.
        said: Folder of each teacher by name: its `result.json` says what its forward pass costs,
            nothing of a source that ran elsewhere.
    """
    size = trainer["batch_size"]
    each = -(-len(examples) // size)
    batches = batches_in(steps, each, trainer.get("accumulate_grad_batches", 1))
    own = 0
    if distiller.on_policy is not None:  # as `mtkd.onpolicy.Turns` spreads them
        own = int(batches * Fraction(distiller.on_policy.share).limit_denominator(10**6))
    works: list[tuple[int, Work]] = []
    with alike(distiller, size):
        if batches > own:
            works.append((batches - own, work_of_data(distiller, examples)))
        if own:
            works.append((own, work_of_text(distiller, own)))
    rows = rows_in(batches, len(examples), size) / max(batches, 1) / max(steps, 1)
    ran = sum(count * (work.student + _asked(distiller, work)) for count, work in works)
    live = sum(count * (work.student + _all(distiller, work, said)) for count, work in works)
    known = None if math.isnan(live) else rows * live
    return {"step_flop": rows * ran, "step_flop_live": known}


def batches_in(steps: int, each: int, accumulated: int) -> int:
    """Batches of so many optimizer steps; an epoch of `each` batches ends with a step."""
    epochs, rest = divmod(steps, -(-each // accumulated))
    return epochs * each + rest * accumulated


def rows_in(batches: int, examples: int, size: int) -> int:
    """Examples in so many batches; the last one of an epoch may be shorter."""
    epochs, rest = divmod(batches, -(-examples // size))
    return epochs * examples + rest * size


def _asked(distiller: Distiller, work: Work) -> float:
    """The teachers, as often as they were asked."""
    total = 0.0
    for name, source in distiller.teachers.items():
        heard = source.asked + source.skipped
        total += work.teachers[name] * (source.asked / heard if heard else 0.0)
    return total


def _all(distiller: Distiller, work: Work, said: Mapping[str, Path]) -> float:
    """All teachers about everything; a recorded one as it ran when it was recorded.

    NaN if one ran where nobody counted: no forward pass is free.
    """
    total = 0.0
    for name, source in distiller.teachers.items():
        total += work.teachers[name]
        if recorded(source):
            costs = read_json(said[name] / "result.json")
            if not costs["forward_flop"]:
                return math.nan
            total += costs["forward_flop"] - (costs["head_flop"] if _keeps_head(source) else 0)
        elif not work.teachers[name]:
            return math.nan
    return total


def _keeps_head(source: TeacherSource) -> bool:
    """Whether what was recorded are hidden states: logits are made of them in every step."""
    signals = (one.signal for one in inside(source) if isinstance(one, CachedTeacher))
    return any(isinstance(one, CompleteSignal) and one.output.head is not None for one in signals)
