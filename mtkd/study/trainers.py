"""Whether the `trainer` of a student or teacher can be meant so, and its schedule lasts as long."""

import math
from collections.abc import Mapping
from typing import Any

from mtkd.config import ConfigError, check
from mtkd.config.arguments import check_type
from mtkd.config.signatures import read_signature
from mtkd.study.keys import TRAINER, check_keys
from mtkd.study.processes import processes

OURS = {"logger": "use wandb.mode", "default_root_dir": "use --runs"}
"""Options of `pytorch_lightning.Trainer` that every trial is given, and what says them."""
SHORTER = {"limit_train_batches", "overfit_batches", "fast_dev_run", "max_time", "callbacks"}
"""Options that may end an epoch or the training early."""

ROUNDED = ("16-true", "bf16-true")
"""Precisions in which Lightning rounds what no file of weights holds, rotary positions too."""

WARMUP_COSINE = "mtkd.schedules.warmup_cosine"


def check_trainer(node: Any, at: str) -> None:
    """Fail if a `trainer` node cannot be meant so.

    Raises:
        ConfigError: The config path, and what is wrong.
    """
    check_type(node, "dict", at)
    for key in ("max_epochs", "batch_size"):
        if key not in node and not (key == "max_epochs" and "max_steps" in node):
            raise ConfigError(f"{at} lacks {key!r}")
    for key, instead in OURS.items():
        if key in node:
            raise ConfigError(f"{at}.{key}: a study sets it itself; {instead}")
    known = dict(TRAINER)
    signature = read_signature("pytorch_lightning.Trainer")
    if signature is not None:
        known |= {name: str(p.annotation) for name, p in signature.parameters.items()}
    check_keys(node, known, at)
    processes(node, at)
    if node.get("precision") in ROUNDED:
        raise ConfigError(
            f"{at}.precision {node['precision']} rounds a model's positions too, so another "
            "network is trained than the one that is saved; set dtype: bfloat16 on the model "
            "(mtkd.language), which keeps them exact, or precision: bf16-mixed"
        )
    check(node, at, importing=False)
    for key in ("max_epochs", "max_steps", "batch_size", "chunk", "accumulate_grad_batches"):
        # With max_steps there may be no limit on epochs, which Lightning writes -1 or null.
        unlimited = key == "max_epochs" and "max_steps" in node and node.get(key) in (None, -1)
        if not unlimited and not node.get(key, 1) >= 1:
            raise ConfigError(f"{at}.{key} must be at least 1, got {node[key]}")


def check_training(node: Mapping[str, Any], at: str, items: int) -> None:
    """Fail if what trains by `node` cannot begin here, or learns nothing at its end; needs torch.

    Raises:
        ConfigError: Its trainer asks for GPUs that are not there; see also `check_schedule`.
    """
    trainer = node["trainer"]
    if trainer.get("accelerator") in ("gpu", "cuda"):
        import torch

        here, wanted = torch.cuda.device_count(), processes(trainer, f"{at}.trainer")
        if here < wanted and not torch.backends.mps.is_available():
            raise ConfigError(
                f"{at}.trainer.accelerator {trainer['accelerator']} asks for {wanted} GPU"
                f"{'s' * (wanted > 1)}, but torch finds {here}; leave accelerator out to train on "
                "the CPU"
            )
    check_schedule(node, at, items)


def check_schedule(node: Mapping[str, Any], at: str, items: int | None = None) -> None:
    """Fail if the learning rate is 0 before the training ends: steps that change nothing.

    Args:
        node: With `trainer` and `optimizer`.
        at: Its config path.
        items: Training items; None if they are not built yet.

    Raises:
        ConfigError: Both numbers, and what to set.
    """
    optimizer, until = node["optimizer"], _steps(node["trainer"], items)
    if not isinstance(optimizer, dict) or optimizer.get("_target_") != WARMUP_COSINE:
        return
    steps = optimizer.get("steps")
    if not isinstance(steps, int) or until is None or optimizer.get("last", 0):
        return
    if steps < until:
        raise ConfigError(
            f"{at}.optimizer.steps is {steps}, but {at}.trainer makes {until} steps, the last of "
            f"them at a learning rate of 0; set optimizer.steps: {until}"
        )


def _steps(trainer: Mapping[str, Any], items: int | None) -> int | None:
    """Optimizer steps of a training; None if its epochs decide and their length is not known."""
    until, epochs = trainer.get("max_steps"), trainer.get("max_epochs")
    if epochs in (None, -1):
        return until
    if items is None or SHORTER & trainer.keys():
        return None
    batches = math.ceil(items / trainer["batch_size"])
    total = epochs * math.ceil(batches / trainer.get("accumulate_grad_batches", 1))
    return total if until in (None, -1) else min(total, until)
