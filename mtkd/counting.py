"""Which positions count, and what everybody says there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtkd.outputs import ModelOutput
from mtkd.signals import Signal
from mtkd.teachers import Batch


def counted_positions(
    output: ModelOutput, signals: Sequence[Signal], batch: Batch
) -> tuple[ModelOutput, list[Signal], Tensor, Tensor]:
    """Student, signals, labels and example numbers, flattened to the positions that count.

    The mask is applied here, once; everything behind this line sees counted positions only.

    Raises:
        ValueError: A signal, the student or the mask covers other positions than the labels do.
    """
    labels, mask = batch["labels"], batch["mask"]
    if mask.shape != labels.shape:
        raise ValueError(
            f"the mask has shape {list(mask.shape)}, the labels {list(labels.shape)}; give each "
            "label a boolean of its own"
        )
    pick = counted(mask)
    for who, shape in [("the student", output.shape), *_shapes(signals)]:
        if shape != tuple(labels.shape):
            raise ValueError(
                f"{who} speaks about positions {list(shape)}, the labels about "
                f"{list(labels.shape)}; shift and align in the data module, nowhere else"
            )
    picked = [signal.map(pick) for signal in signals]
    return output.map(pick), picked, pick(labels), pick(example_numbers(labels))


def counted(mask: Tensor) -> Callable[[Tensor], Tensor]:
    """From `[batch, ..., *extra]` to `[position, *extra]`, where `mask [batch, ...]` is true."""
    axes = mask.dim()
    rows = None if bool(mask.all()) else mask.flatten().nonzero().squeeze(-1)

    def pick(values: Tensor) -> Tensor:
        flat = values if axes == 1 else values.flatten(0, axes - 1)
        return flat if rows is None else flat[rows]

    return pick


def example_numbers(labels: Tensor) -> Tensor:
    """`[batch, ...]` integers from 0: which example of the batch each position belongs to."""
    numbers = torch.arange(len(labels), device=labels.device)
    return numbers.reshape(-1, *[1] * (labels.dim() - 1)).expand(labels.shape)


def _shapes(signals: Sequence[Signal]) -> list[tuple[str, tuple[int, ...]]]:
    return [(f"teacher {number}", signal.shape) for number, signal in enumerate(signals, start=1)]
