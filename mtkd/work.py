"""How much arithmetic something is, counted and not timed: equal on every machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mtkd.data import Batch
from mtkd.outputs import ModelOutput


class Operations:
    """Floating-point operations of what runs in the `with` block, backward passes included.

    Matrix products, convolutions and attention are counted, twice a multiplication each.
    Everything else (norms, softmax, the optimizer) is left out.
    """

    def __init__(self) -> None:
        # torch's counter knows `addmm`, and overlooks the same product added in place.
        self._counter = FlopCounterMode(
            display=False, custom_mapping={torch.ops.aten.addmm_: added_product}
        )
        self._counter.mod_tracker = Untracked()  # type: ignore[assignment]

    def __enter__(self) -> Operations:
        self._counter.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._counter.__exit__(*error)

    @property
    def count(self) -> float:
        """Operations so far."""
        return float(self._counter.get_total_flops())


class Untracked:
    """In the place of the counter's module tracker, whose hooks forbid `torch.autograd.grad`."""

    parents = frozenset({"Global"})

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, *error: Any) -> None:
        """Nothing to end."""


def added_product(_: Any, left: Any, right: Any, **__: Any) -> int:
    """Operations of `out += left @ right`, from the shapes of both."""
    (rows, inner), (_, columns) = left, right
    return int(2 * rows * inner * columns)


def operations(call: Callable[[], Any]) -> tuple[Any, float]:
    """What `call` returns, and its floating-point operations."""
    with Operations() as done:
        result = call()
    return result, done.count


@torch.no_grad()
def forward_work(model: nn.Module, batch: Batch) -> tuple[float, float]:
    """Floating-point operations of a forward pass for one example: all of it, its head alone.

    A head that is handed over instead of applied is added.
    """
    model.eval()
    output: ModelOutput
    output, body = operations(lambda: model(batch))
    head = 0.0
    if output.head is not None:
        head = 2.0 * output.head.weight.numel() * output.body[..., 0].numel()
    size = len(batch["labels"])
    return (body + head) / size, head / size
