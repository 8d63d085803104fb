"""One network fitted with Lightning, as quietly and as reproducibly as a study needs."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.strategies import FSDPStrategy, ModelParallelStrategy
from torch import nn

from mtkd.config import instantiate
from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.epochs import EpochBatches
from mtkd.memory import STEP_ADVICE, told_memory
from mtkd.onpolicy import Turns, check_routes
from mtkd.onpolicy.checks import check_unsplit
from mtkd.recipe import WALK
from mtkd.sharding import twin, unite
from mtkd.weights import kept_types

QUIET = {
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
    "num_sanity_val_steps": 0,
    "log_every_n_steps": 0,  # a distiller records its own averages, and tells the logger
}
FSDP = {
    "_target_": "pytorch_lightning.strategies.ModelParallelStrategy",
    "tensor_parallel_size": 1,
    "save_distributed_checkpoint": False,
}
"""What `strategy: fsdp` means, but for the number of devices."""


def is_first() -> bool:
    """Whether this process is the one that writes, of those that train one network together."""
    return os.environ.get("LOCAL_RANK", "0") == "0"


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

    The student has the types afterwards that it had before, whatever `trainer.precision` is.

    Args:
        distiller: Student, teachers and what is minimised.
        examples: Training items.
        trainer: `batch_size`, and whatever `pytorch_lightning.Trainer` takes, but one CPU process
            unless `accelerator` says otherwise; `strategy: fsdp` is torch's FSDP2, see
            `mtkd.sharding`.
        seed: Of the batches' order and of dropout.
        folder: Where Lightning may write.
        logger: A Lightning logger, or False.
        prompts: The data's own prompts, for a distiller with `on_policy`.

    Raises:
        ValueError: `on_policy` has no prompts, or the data a route that no teacher has.
    """
    options = _options(trainer)
    splits = isinstance(options.get("strategy"), ModelParallelStrategy)
    if distiller.on_policy is not None:
        check_unsplit(splits)
    for key in WALK:
        options.pop(key, None)  # the objective's, not Lightning's
    size = options.pop("batch_size")
    batches = EpochBatches(examples, size, seed, _turns(distiller, examples, prompts, size, seed))
    shared = (distiller.teachers, distiller.history)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        torch.manual_seed(seed)
        fitting = pl.Trainer(logger=logger, default_root_dir=folder, **options)
        with told_memory("the training step", STEP_ADVICE):
            fitted = twin(distiller, shared) if splits else distiller
            with kept_types(distiller):
                fitting.fit(fitted, batches)
                if splits and not fitting.interrupted:
                    unite(fitted, distiller)
    if fitting.interrupted:
        raise KeyboardInterrupt
    return fitting.global_step


def _options(trainer: Mapping[str, Any]) -> dict[str, Any]:
    """What the trainer is made with, nodes with a `_target_` built.

    Raises:
        ValueError: The strategy is FSDP as it was before torch 2.4.
    """
    options = {"accelerator": "cpu", "devices": 1, **QUIET, **trainer}
    if options.get("strategy") == "fsdp":
        devices = options["devices"]
        count = len(devices) if isinstance(devices, list) else devices
        options["strategy"] = {**FSDP, "data_parallel_size": count}
    built: dict[str, Any] = instantiate(options, "trainer")
    strategy = built.get("strategy", "auto")
    if isinstance(strategy, FSDPStrategy) or "fsdp" in str(strategy):
        raise ValueError(
            f"trainer.strategy {options['strategy']!r} packs a layer's weights into one vector, so "
            "the output head cannot be read by itself; use strategy: fsdp, which is FSDP2"
        )
    return built


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
