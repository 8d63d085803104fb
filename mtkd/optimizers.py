"""The optimizer that a user's function made: one that fits a step of one pass over its batches."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TypeVar

from torch.optim import Optimizer

T = TypeVar("T")


def check_optimizer(made: T) -> T:
    """Whatever Lightning takes, unless an optimizer wants the loss several times in a step.

    Raises:
        TypeError: Its `step` cannot do without a closure, like that of `torch.optim.LBFGS`.
    """
    for optimizer in _optimizers(made):
        closure = inspect.signature(optimizer.step).parameters.get("closure")
        if closure is not None and closure.default is closure.empty:
            raise TypeError(
                f"optimizer {type(optimizer).__name__} computes the loss several times in a step, "
                "but a step here is one pass over its batches; use one that does not, such as "
                "functools.partial(torch.optim.AdamW, lr=1e-3)"
            )
    return made


def _optimizers(made: object) -> Iterator[Optimizer]:
    """Those of a configuration of Lightning's: one, in a dict, or in lists."""
    if isinstance(made, Optimizer):
        yield made
    elif isinstance(made, Mapping):
        yield from _optimizers(made.get("optimizer"))
    elif isinstance(made, list | tuple):
        for part in made:
            yield from _optimizers(part)
