"""Learning rates that change over training, for the `optimizer` of a config."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warmup_cosine(
    parameters: Iterable[Any],
    optimizer: Callable[[Iterable[Any]], Optimizer],
    steps: int,
    warmup: float = 0.05,
    last: float = 0.0,
) -> dict[str, Any]:
    """An optimizer whose learning rate rises linearly, then falls along half a cosine.

    Args:
        parameters: What is trained, parameters or `(name, parameter)` pairs.
        optimizer: Makes the optimizer, with the highest learning rate.
        steps: Optimizer steps in all; the trainer's `max_steps`.
        warmup: Share of the steps in which it rises, in [0, 1).
        last: Where it ends, as a share of the highest, in [0, 1].

    Returns:
        What Lightning's `configure_optimizers` takes.

    Raises:
        ValueError: A share or a number of steps outside its range.
    """
    if steps < 1 or not 0 <= warmup < 1 or not 0 <= last <= 1:
        raise ValueError(
            f"steps must be at least 1, warmup within [0, 1) and last within [0, 1], got {steps}, "
            f"{warmup} and {last}"
        )

    def factor(step: int) -> float:
        rising = warmup * steps
        if step < rising:
            return (step + 1) / (rising + 1)
        done = min((step - rising) / max(steps - rising, 1), 1.0)
        return last + (1 - last) * (1 + math.cos(math.pi * done)) / 2

    made = optimizer(parameters)
    schedule = {"scheduler": LambdaLR(made, factor), "interval": "step"}
    return {"optimizer": made, "lr_scheduler": schedule}
