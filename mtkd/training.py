"""One network fitted with Lightning, as quietly and as reproducibly as a study needs."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import torch.distributed as dist
from torch import nn

from mtkd.data import Batch, Examples
from mtkd.distiller import Distiller
from mtkd.memory import STEP_ADVICE, told_memory
from mtkd.onpolicy import Turns, check_routes

QUIET = {
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
    "num_sanity_val_steps": 0,
    "log_every_n_steps": 1,
}


class EpochBatches:
    """The batches of one epoch after the other; their order depends on seed and epoch only.

    The student and its control see the same batches in the same order because nothing else,
    not even the initialisation, draws from this generator. With several processes each one gets
    its part of every batch.

    Args:
        examples: Training items.
        size: Items in a batch; the last one of an epoch may be shorter.
        seed: Seed of the order.
        turns: Replaces some of the batches by prompts that the student continues; None: none.
    """

    def __init__(
        self, examples: Examples, size: int, seed: int, turns: Turns | None = None
    ) -> None:
        self.examples, self.size, self.seed, self.epoch = examples, size, seed, 0
        self.turns = turns

    def __len__(self) -> int:
        return -(-len(self.examples) // self.size)

    def __iter__(self) -> Iterator[Batch]:
        self.epoch += 1
        batches = self.examples.batches(self.size, self.seed, self.epoch - 1)
        if self.turns is not None:
            batches = self.turns.mixed(batches)
        if not (dist.is_available() and dist.is_initialized()):
            return batches
        mine = slice(dist.get_rank(), None, dist.get_world_size())
        return ({name: rows[mine] for name, rows in batch.items()} for batch in batches)


def seeded(seed: int, make: Any) -> nn.Module:
    """What `make()` builds, its initialisation drawn from `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: nn.Module = make()
        return model


def fit(
    distiller: Distiller,
    examples: Examples,
    trainer: Mapping[str, Any],
    seed: int,
    folder: Path,
    logger: Any = False,
    prompts: Examples | None = None,
) -> int:
    """Train and return the number of optimizer steps.

    Args:
        distiller: Student, teachers and what is minimised.
        examples: Training items.
        trainer: `batch_size`, and whatever `pytorch_lightning.Trainer` takes.
        seed: Of the batches' order and of dropout.
        folder: Where Lightning may write.
        logger: A Lightning logger, or False.
        prompts: The data's own prompts, for a distiller with `on_policy`.

    Raises:
        ValueError: `on_policy` has no prompts, or the data a route that no teacher has.
    """
    options = {"accelerator": "cpu", "devices": 1, **QUIET, **trainer}
    if distiller.on_policy is not None and "fsdp" in str(options.get("strategy", "")).lower():
        raise ValueError(
            "a student whose weights are split over devices (strategy fsdp) cannot write text: "
            "devices would wait for each other's tokens; use strategy ddp, or on_policy: null"
        )
    options.pop("chunk", None)  # the objective's, not Lightning's
    size = options.pop("batch_size")
    batches = EpochBatches(examples, size, seed, _turns(distiller, examples, prompts, size, seed))
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        torch.manual_seed(seed)
        fitting = pl.Trainer(logger=logger, default_root_dir=folder, **options)
        with told_memory("the training step", STEP_ADVICE):
            fitting.fit(distiller, batches)
    if fitting.interrupted:
        raise KeyboardInterrupt
    return fitting.global_step


def _turns(
    distiller: Distiller, examples: Examples, prompts: Examples | None, size: int, seed: int
) -> Turns | None:
    """The student's turns, if it has any; routes are checked in any case."""
    settings, teachers = distiller.on_policy, distiller.teachers.values()
    check_routes(teachers, examples.extras.get("route"))
    if settings is None:
        return None
    asked = examples if settings.prompt_tokens is not None else prompts
    if asked is None:
        raise ValueError(
            "the data has no prompts of its own for on_policy; set on_policy.prompt_tokens to take "
            "the beginning of each row"
        )
    check_routes(teachers, asked.extras.get("route"))
    return Turns(settings, asked, size, seed)
